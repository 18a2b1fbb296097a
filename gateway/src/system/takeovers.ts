import type { Pool } from 'pg';

export interface TakeoverFacts {
  readonly at: Date;
  readonly partitions: number[];
  readonly from: { engineId: string; name: string } | null;
  readonly to: { engineId: string; name: string };
}

/** Of each partition so many are looked at. */
const lookedAtPerPartition = 20;
/** Changes between the same two engines belong together while they follow each other this closely. */
const togetherMs = 2_000;
export const takeoversMax = 50;

interface Row {
  partition_id: number;
  taken_at: Date;
  worker_id: string;
  worker_name: string;
  from_worker_id: string | null;
  from_name: string | null;
}

/** Who took partitions from whom, newest first, as the ledger wrote it down. */
export async function readTakeovers(database: Pick<Pool, 'query'>): Promise<TakeoverFacts[]> {
  const { rows } = await database.query<Row>(
    `SELECT t.partition_id, t.taken_at, t.worker_id, w.worker_name, t.from_worker_id, f.worker_name AS from_name
       FROM partitions p
      CROSS JOIN LATERAL (SELECT * FROM partition_takeovers WHERE partition_id = p.id ORDER BY epoch DESC LIMIT $1) t
       JOIN engine_workers w ON w.worker_id = t.worker_id
       LEFT JOIN engine_workers f ON f.worker_id = t.from_worker_id`,
    [lookedAtPerPartition],
  );
  return grouped(rows);
}

export function grouped(rows: readonly Row[]): TakeoverFacts[] {
  const groups: (TakeoverFacts & { lastMs: number })[] = [];
  const byTime = [...rows].sort(
    (a, b) => b.taken_at.getTime() - a.taken_at.getTime() || a.partition_id - b.partition_id,
  );
  for (const row of byTime) {
    const atMs = row.taken_at.getTime();
    const from = row.from_worker_id;
    const group = groups.find(
      (one) =>
        one.to.engineId === row.worker_id &&
        (one.from?.engineId ?? null) === from &&
        one.lastMs - atMs <= togetherMs &&
        !one.partitions.includes(row.partition_id),
    );
    if (group) {
      group.partitions.push(row.partition_id);
      group.lastMs = atMs;
      continue;
    }
    if (groups.length === takeoversMax) break;
    groups.push({
      ...{ at: row.taken_at, lastMs: atMs, partitions: [row.partition_id] },
      from: from === null ? null : { engineId: from, name: row.from_name ?? '' },
      to: { engineId: row.worker_id, name: row.worker_name },
    });
  }
  for (const { partitions } of groups) partitions.sort((a, b) => a - b);
  return groups.map(({ lastMs: _lastMs, ...facts }) => facts);
}
