import type { Pool } from 'pg';
import type { LedgerLook } from './closing-rule.js';

/** Asks for the clock and the transactions that run, and for a transaction id as a mark. */
export async function lookAtLedger(database: Pool, withMark: boolean): Promise<LedgerLook> {
  const { rows } = await database.query<[string, string, string | null]>({
    // now() is the start of the transaction, before the id is taken; clock_timestamp() would not say in which order.
    text: `SELECT floor(extract(epoch FROM now()) * 1000)::bigint, pg_snapshot_xmin(pg_current_snapshot())::text,
                  ${withMark ? 'pg_current_xact_id()::text' : 'NULL'}`,
    rowMode: 'array',
  });
  const [clockMs, oldestRunning, mark] = rows[0] as [string, string, string | null];
  return { clockMs: Number(clockMs), oldestRunning: BigInt(oldestRunning), mark: mark === null ? null : BigInt(mark) };
}
