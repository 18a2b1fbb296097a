import type { Database } from '../database.js';

export interface DueHold {
  readonly holdId: string;
  readonly partition: number;
}

/**
 * Open holds of these partitions whose time is over by the database's clock, oldest first. By the statement's time: with
 * `clock_timestamp()`, which may change while it runs, no index ends where the due ones do, and every open hold is looked at.
 */
export async function findDueHolds(database: Database, partitions: readonly number[], max: number): Promise<DueHold[]> {
  const rows = await database.query<{ hold_id: string; partition: number }>(
    `SELECT hold_id, p.id AS partition
       FROM unnest($1::smallint[]) AS p (id), LATERAL (
         SELECT hold_id, expires_at FROM holds
          WHERE status = 'OPEN' AND partition = p.id AND expires_at <= statement_timestamp() ORDER BY expires_at LIMIT $2) due
      ORDER BY expires_at LIMIT $2`,
    [`{${partitions.join(',')}}`, max],
  );
  return rows.map(({ hold_id, partition }) => ({ holdId: hold_id, partition }));
}
