import type pg from 'pg';
import type { Cut } from './reads/entry-stretches.js';

export type Mode = 'incremental' | 'full';

/** What a run looks at, written down when it begins: whoever goes on with it looks at the same. */
export interface Plan {
  readonly mode: Mode;
  /** What engines had committed then. What came later is the next run's. */
  readonly cut: Cut;
  /** Chains to go through: from behind the last checkpoint, or from their beginning. Heads in hex. */
  readonly engines: readonly EngineStretch[];
  /** Transactions with lower ids were taken out of the ledger; null: none were. */
  readonly archivedBelow: string | null;
  /** Chunks of work, as far as known. */
  readonly total: number;
}

export interface EngineStretch {
  readonly engineId: string;
  readonly fromSeq: string;
  readonly fromHead: string;
  readonly toSeq: string;
}

/** Each statement is of a moment of its own: the cut is one of them. */
export async function makePlan(client: pg.ClientBase, mode: Mode): Promise<Plan> {
  const { rows: ends } = await client.query<{ id: string; seq: string; at: string }>(
    `SELECT worker_id AS id, batch_seq AS seq, clock_timestamp()::text AS at FROM engine_workers ORDER BY worker_id`,
  );
  const cut = { seqs: Object.fromEntries(ends.map(({ id, seq }) => [id, seq])), at: ends[0]?.at ?? 'now' };
  const { rows: known } = await client.query<{ id: string; seq: string; head: string }>(
    `SELECT engine_id AS id, batch_seq AS seq, encode(head_hash, 'hex') AS head FROM reconciliation_checkpoints`,
  );
  const checkpoints = new Map(mode === 'full' ? [] : known.map((row) => [row.id, row]));
  const engines = ends.flatMap(({ id, seq }) => {
    const from = checkpoints.get(id) ?? { seq: '0', head: '00'.repeat(32) };
    if (BigInt(from.seq) >= BigInt(seq)) return [];
    return [{ engineId: id, fromSeq: from.seq, fromHead: from.head, toSeq: seq }];
  });
  const batches = engines.reduce((sum, { fromSeq, toSeq }) => sum + Number(BigInt(toSeq) - BigInt(fromSeq)), 0);
  const wallets = mode === 'full' ? await estimatedWallets(client) : 0;
  return { mode, cut, engines, archivedBelow: await archivedBelow(client), total: batches + wallets };
}

async function estimatedWallets(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query(
    `SELECT greatest(reltuples, 0)::bigint AS n FROM pg_class WHERE oid = 'wallets'::regclass`,
  );
  return Number(rows[0]?.n ?? 0);
}

/** The first month table that is there begins after the first batch: then months before it were taken out. */
async function archivedBelow(client: pg.ClientBase): Promise<string | null> {
  const { rows } = await client.query<{ lowest: string | null }>(
    `WITH month AS (
       SELECT min((regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \\(''([0-9a-f-]{36})''\\)'))[1] COLLATE "C") AS lowest
         FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'transactions'::regclass
     )
     SELECT lowest FROM month
      WHERE lowest::uuid > uuid_at((SELECT created_at FROM ledger_batches ORDER BY created_at LIMIT 1))`,
  );
  return rows[0]?.lowest ?? null;
}
