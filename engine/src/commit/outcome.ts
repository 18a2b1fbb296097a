import { DatabaseError } from 'pg';
import type { Digest } from '../contract/digest.js';
import { asDigest } from '../contract/digest.js';

/**
 * What an error of apply_batch_v4 says about the call. An ERROR of the statement is certain, whatever its class: it was rolled
 * back. Everything else (a lost socket, FATAL, 08, a warning at commit, our own timer) may have committed.
 */
export type FailedOutcome =
  /** Not committed: these partitions have a newer epoch. */
  | { outcome: 'FENCED'; partitions: number[] }
  /** Not committed: these wallets, holds or originals are not as the batch expects them. */
  | { outcome: 'GUARD_FAILED'; ids: string[] }
  /** Not committed: these keys are already in the ledger. */
  | { outcome: 'KEYS_KNOWN'; keyDigests: Digest[] }
  /** Not committed: somebody else holds a row that the batch needs. */
  | { outcome: 'LOCKED' }
  /** Not committed: the call was on its way for so long that it may not be any more. */
  | { outcome: 'TOO_LATE' }
  /** Not committed: some command holds what the database refuses or cannot be told, or names a row that cannot be read. */
  | { outcome: 'BAD_DATA' }
  /**
   * Not committed: it would fall on another UTC day, and what counts to the day is to be decided anew. Midnight passed meanwhile, or
   * a row is of a later day, written before the clock was set back.
   */
  | { outcome: 'ANOTHER_DAY'; createdAtMs: number }
  /** Not committed: the same call may succeed now. */
  | { outcome: 'SEND_AGAIN' }
  /** Not committed: the database takes no writes, whatever the command. */
  | { outcome: 'NO_RESOURCES'; code: string }
  | { outcome: 'UNKNOWN' };

/** An ERROR of the statement: it was rolled back, and the connection is as it was. */
export function isRefusedStatement(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.severity === 'ERROR';
}

export function classifyFailure(error: unknown): FailedOutcome {
  // A FATAL error may have struck after the commit.
  if (!isRefusedStatement(error) || !error.code) return { outcome: 'UNKNOWN' };
  switch (error.code) {
    case 'SW001':
      return { outcome: 'FENCED', partitions: JSON.parse(error.detail ?? '[]') as number[] };
    case 'SW002':
      return { outcome: 'GUARD_FAILED', ids: JSON.parse(error.detail ?? '[]') as string[] };
    case 'SW004':
      return { outcome: 'TOO_LATE' };
    case 'SW005':
      return { outcome: 'KEYS_KNOWN', keyDigests: (JSON.parse(error.detail ?? '[]') as string[]).map(asDigest) };
    case 'SW007':
      return { outcome: 'ANOTHER_DAY', createdAtMs: Number(error.detail ?? 0) };
    case '55P03':
      return { outcome: 'LOCKED' };
    case '40001':
    case '40P01':
      return { outcome: 'SEND_AGAIN' };
    case '23505':
      // A key became known while the call was under way; sent again, it says which.
      return { outcome: error.constraint === 'idempotency_keys_pkey' ? 'SEND_AGAIN' : 'BAD_DATA' };
    case '40003':
    case 'SW003':
      // Another call of this engine was committed meanwhile: what is known of its chain is not so.
      return { outcome: 'UNKNOWN' };
    case '23514':
      // Without a constraint's name it says that there is no month table for the row.
      return error.constraint ? { outcome: 'BAD_DATA' } : { outcome: 'NO_RESOURCES', code: error.code };
  }
  switch (error.code.slice(0, 2)) {
    case '21':
    case '22':
    case '23':
    case 'P0':
    case 'SW':
    case 'XX': // a page that cannot be read
      return { outcome: 'BAD_DATA' };
    case '57': // cancelled by an operator
      return { outcome: 'SEND_AGAIN' };
    case '08': // said by a pooler in between, of a server that it lost
      return { outcome: 'UNKNOWN' };
    default:
      // No room (53), no writes (25006: a primary that became a standby), no rights or no such function (42): no command's fault.
      return { outcome: 'NO_RESOURCES', code: error.code };
  }
}
