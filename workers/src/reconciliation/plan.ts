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
  /** There are older month tables, with a hole behind them: no run looks at what is in them. */
  readonly monthsMissing?: boolean;
  /** Chunks of work, as far as known. */
  readonly total: number;
}

/** An id may be so far away from the time of its commit. */
const idSlackMs = 3_600_000;

/**
 * From this time of a commit on, no entry has been taken out; null: none has ever. Months are taken out by ids, which engines do not commit in order:
 * around the boundary, one of two neighbours may be gone.
 */
export function archivedUntil({ archivedBelow }: Pick<Plan, 'archivedBelow'>): Date | null {
  if (archivedBelow === null) return null;
  // Of an id, the first 48 bits are a time.
  return new Date(Number.parseInt(archivedBelow.replaceAll('-', '').slice(0, 12), 16) + idSlackMs);
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
  return { mode, cut, engines, ...(await archivedBelow(client)), total: batches + wallets };
}

async function estimatedWallets(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query(
    `SELECT greatest(reltuples, 0)::bigint AS n FROM pg_class WHERE oid = 'wallets'::regclass`,
  );
  return Number(rows[0]?.n ?? 0);
}

/**
 * Where the month tables that follow each other up to the newest begin, if that is after the first batch: then what lies before was taken out, or
 * cannot be told from it.
 */
async function archivedBelow(client: pg.ClientBase): Promise<Pick<Plan, 'archivedBelow' | 'monthsMissing'>> {
  const { rows } = await client.query<{ begins: string; ends: string; archived: boolean }>(
    `WITH bound AS (
       SELECT regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \\(''([0-9a-f-]{36})''\\) TO \\(''([0-9a-f-]{36})''\\)') AS ids
         FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'transactions'::regclass
     )
     SELECT ids[1] AS begins, ids[2] AS ends,
            coalesce(ids[1]::uuid > uuid_at((SELECT created_at FROM ledger_batches ORDER BY created_at LIMIT 1)), false) AS archived
       FROM bound WHERE ids IS NOT NULL ORDER BY ids[1] COLLATE "C" DESC`,
  );
  const gap = rows.findIndex(({ ends }, i) => i > 0 && ends !== rows[i - 1]?.begins);
  const first = rows[gap < 0 ? rows.length - 1 : gap - 1];
  const isArchived = first?.archived === true;
  return { archivedBelow: isArchived ? first.begins : null, monthsMissing: isArchived && gap > 0 };
}
