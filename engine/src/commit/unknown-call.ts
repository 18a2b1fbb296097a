import pg from 'pg';
import type { RecordedAnswer } from '../answers.js';
import type { Command } from '../contract/commands.js';
import type { Digest } from '../contract/digest.js';
import type { Database } from '../database.js';
import type { HeldPartition } from '../partition/ownership-store.js';
import { readAnswers } from './recorded-answers.js';

/**
 * The ledger holds less than this engine has answered: a standby that lagged became the primary, or a backup was restored. The
 * engine must not go on with what it remembers; a new start knows only the ledger.
 */
export class LedgerWentBack extends Error {}

export interface SettledCall {
  /** What this engine still holds, at new epochs. */
  readonly held: HeldPartition[];
  /** Where the engine's chain stands: the call's number if it was committed, else the one before. */
  readonly batchSeq: number;
  /** What the ledger holds under the call's keys. */
  readonly found: Map<Digest, RecordedAnswer>;
  /** Keys that it holds, whose outcome cannot be read. */
  readonly unreadable: ReadonlySet<Digest>;
}

/**
 * Finds out what became of a call that nobody answered. Raising the engine's own epochs waits for the call to end and fences
 * it off for good; only then does the ledger say whether it was committed.
 */
export async function settleCall(
  database: Database,
  workerId: string,
  commands: readonly Command[],
): Promise<SettledCall> {
  const held = await database
    .queryPastBlockers<{ partition_id: number; partition_epoch: string }>('SELECT * FROM settle_worker($1)', [workerId])
    .catch((error: unknown) => {
      // no_data_found: this engine's own row is not there.
      if (error instanceof pg.DatabaseError && error.code === 'P0002')
        throw new LedgerWentBack('to before this engine');
      throw error;
    });
  const [engine] = await database.query<{ batch_seq: string }>(
    'SELECT batch_seq FROM engine_workers WHERE worker_id = $1',
    [workerId],
  );
  return {
    held: held.map((row) => ({ partition: row.partition_id, epoch: Number(row.partition_epoch) })),
    batchSeq: Number((engine as { batch_seq: string }).batch_seq),
    ...(await readAnswers(database, commands)),
  };
}
