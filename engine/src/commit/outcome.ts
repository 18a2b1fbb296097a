import { DatabaseError } from 'pg';

/**
 * What an error of apply_batch says about the call. Only what is listed here is certain; everything else (a lost socket,
 * FATAL, 08, 57, XX, a warning at commit, our own timer) may have committed.
 */
export type FailedOutcome =
  /** Not committed: these partitions have a newer epoch. */
  | { outcome: 'FENCED'; partitions: number[] }
  /** Not committed: these wallets are not as the batch expects them. */
  | { outcome: 'GUARD_FAILED'; walletIds: string[] }
  /** Not committed: a key of the batch is already in the ledger. */
  | { outcome: 'DUPLICATE_KEY' }
  /** Not committed: some command holds what the database refuses. */
  | { outcome: 'BAD_DATA' }
  /** Not committed: the same call may succeed now. */
  | { outcome: 'SEND_AGAIN' }
  /** Not committed: no disk, memory or connections left. */
  | { outcome: 'NO_RESOURCES' }
  | { outcome: 'UNKNOWN' };

export function classifyFailure(error: unknown): FailedOutcome {
  // A FATAL error may have struck after the commit; only an ERROR says that the statement was rolled back.
  if (!(error instanceof DatabaseError) || error.severity !== 'ERROR' || !error.code) return { outcome: 'UNKNOWN' };
  switch (error.code) {
    case 'SW001':
      return { outcome: 'FENCED', partitions: JSON.parse(error.detail ?? '[]') as number[] };
    case 'SW002':
      return { outcome: 'GUARD_FAILED', walletIds: JSON.parse(error.detail ?? '[]') as string[] };
    case '40001':
    case '40P01':
    case '55P03':
      return { outcome: 'SEND_AGAIN' };
    case '23505':
      return error.constraint === 'idempotency_keys_pkey' ? { outcome: 'DUPLICATE_KEY' } : { outcome: 'BAD_DATA' };
    case '23514':
      // Without a constraint's name it says that there is no month table for the row.
      return error.constraint ? { outcome: 'BAD_DATA' } : { outcome: 'NO_RESOURCES' };
  }
  switch (error.code.slice(0, 2)) {
    case '22':
    case '23':
      return { outcome: 'BAD_DATA' };
    case '53':
      return { outcome: 'NO_RESOURCES' };
    default:
      return { outcome: 'UNKNOWN' };
  }
}
