import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type Break, breakDigest } from './finding.js';
import type { PhaseState } from './phase.js';
import { isAddedUp } from './phases/currencies.js';
import type { Mode, Plan } from './plan.js';

/** A run, as whoever claimed it works on it. */
export interface ClaimedRun {
  readonly runNo: string;
  readonly runId: string;
  readonly mode: Mode;
  /** The fence. */
  readonly attempt: number;
  readonly plan: Plan | null;
  readonly place: RunPlace | null;
}

/** From where a run goes on. */
export interface RunPlace {
  readonly phase: string;
  readonly state: PhaseState;
  /** Findings listed so far, by this run. */
  readonly listed: number;
}

export interface Progress {
  readonly place: RunPlace;
  readonly wallets: number;
  readonly transactions: number;
  readonly batches: number;
  readonly unlisted: number;
}

/** Of one run. What is beyond is counted; nobody reads more before he acts. */
export const listedMax = 5_000;

/** A connection, or a pool of them, for one statement. */
type Querying = Pick<pg.ClientBase, 'query'> | Pick<pg.Pool, 'query'>;

/** Another attempt has this run by now: nothing of this one is written any more. */
export class StaleAttempt extends Error {}

/** One that is asked for, or that nobody has worked on for a while. */
export async function claimRun(client: Querying, staleMs: number): Promise<ClaimedRun | null> {
  const { rows } = await client.query<ClaimedRun>(
    `UPDATE reconciliation_runs
        SET status = 'RUNNING', attempt = attempt + 1, beat_at = clock_timestamp(), started_at = coalesce(started_at, clock_timestamp())
      WHERE run_no = (SELECT run_no FROM reconciliation_runs
                       WHERE status = 'REQUESTED' OR (status = 'RUNNING' AND beat_at < clock_timestamp() - make_interval(secs => $1 / 1000.0))
                       ORDER BY run_no LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING run_no AS "runNo", run_id AS "runId", mode, attempt, plan, place`,
    [staleMs],
  );
  return rows[0] ?? null;
}

export async function writePlan(client: pg.ClientBase, run: ClaimedRun, plan: Plan): Promise<void> {
  await fenced(client, run, 'plan = $3, total = $4', [JSON.stringify(plan), plan.total]);
}

/** In one transaction with what was found: where it goes on, and that this attempt lives. */
export async function writeChunk(
  client: pg.ClientBase,
  run: ClaimedRun,
  progress: Progress,
  found: { breaks: readonly Break[]; touched?: ReadonlyMap<string, bigint> | undefined },
): Promise<void> {
  const { place, wallets, transactions, batches, unlisted } = progress;
  await inOne(client, async () => {
    await fenced(
      client,
      run,
      `place = $3, wallets = wallets + $4, transactions = transactions + $5, batches = batches + $6, done = done + $4 + $6,
       unlisted = unlisted + $7, beat_at = clock_timestamp()`,
      [JSON.stringify(place), wallets, transactions, batches, unlisted],
    );
    if (found.touched && found.touched.size > 0) await writeTouched(client, run.runNo, found.touched);
    if (found.breaks.length > 0) await writeBreaks(client, run.runNo, found.breaks);
  });
}

async function writeTouched(client: pg.ClientBase, runNo: string, touched: ReadonlyMap<string, bigint>): Promise<void> {
  await client.query(
    `INSERT INTO reconciliation_touched AS t (run_no, wallet_id, from_no)
     SELECT $1, wallet_id, from_no FROM unnest($2::uuid[], $3::bigint[]) AS one (wallet_id, from_no) ORDER BY wallet_id
     ON CONFLICT (run_no, wallet_id) DO UPDATE SET from_no = excluded.from_no WHERE excluded.from_no < t.from_no`,
    [runNo, `{${[...touched.keys()].join(',')}}`, `{${[...touched.values()].join(',')}}`],
  );
}

/** A break that is known is the same row, explained or not. */
async function writeBreaks(client: pg.ClientBase, runNo: string, breaks: readonly Break[]): Promise<void> {
  const byDigest = new Map(breaks.map((found) => [breakDigest(found).toString('hex'), found]));
  const rows = [...byDigest].map(([digest, found]) => ({ ...found, digest, findingId: uuidv7() }));
  await client.query(
    `INSERT INTO reconciliation_findings (finding_id, check_name, wallet_id, transaction_id, engine_id, batch_seq, what, currency,
       expected, found, delta, break_digest, first_run_no, last_run_no)
     SELECT "findingId", "check", "walletId", "transactionId", "engineId", "batchSeq", what, currency, expected, found, delta,
            decode(digest, 'hex'), $1, $1
       FROM jsonb_to_recordset($2::jsonb) AS one ("findingId" uuid, "check" text, "walletId" uuid, "transactionId" uuid, "engineId" uuid,
            "batchSeq" bigint, what text, currency text, expected text, found text, delta text, digest text)
      ORDER BY "findingId"
     ON CONFLICT (break_digest) WHERE status <> 'CLOSED' DO UPDATE
        SET last_run_no = excluded.last_run_no, last_seen_at = clock_timestamp(), expected = excluded.expected, found = excluded.found`,
    [runNo, JSON.stringify(rows)],
  );
}

/**
 * Everything was looked at: breaks that were not found any more are closed, the next incremental run begins behind this one's cut, and
 * the heads that it saw there are kept. Where more was found than is listed, nothing is moved on.
 */
export async function finishRun(
  client: pg.ClientBase,
  run: ClaimedRun,
  plan: Plan,
  suspends: boolean,
): Promise<'CLEAN' | 'BREAKS'> {
  return inOne(client, async () => {
    const { rows: mine } = await client.query(
      `SELECT unlisted FROM reconciliation_runs WHERE run_no = $1 AND attempt = $2 AND status = 'RUNNING' FOR UPDATE`,
      [run.runNo, run.attempt],
    );
    if (mine.length === 0) throw new StaleAttempt('another attempt ended this run');
    if (mine[0].unlisted === '0') {
      await client.query(
        `UPDATE reconciliation_findings SET status = 'CLOSED', closed_at = clock_timestamp()
          WHERE status <> 'CLOSED' AND last_run_no < $1 AND ($2 OR check_name <> 'CURRENCY_SUM')`,
        [run.runNo, plan.mode === 'full' || (await isAddedUp(client))],
      );
      await keepHeads(client, run, plan);
    }
    if (suspends) await askForSuspensions(client, run.runNo);
    const { rows } = await client.query<{ status: 'CLEAN' | 'BREAKS' }>(
      `UPDATE reconciliation_runs SET finished_at = clock_timestamp(), place = NULL, total = done,
              status = CASE WHEN unlisted > 0 OR EXISTS (SELECT FROM reconciliation_findings WHERE status = 'OPEN' AND last_run_no = $1)
                            THEN 'BREAKS' ELSE 'CLEAN' END
        WHERE run_no = $1 RETURNING status`,
      [run.runNo],
    );
    return rows[0]?.status ?? 'BREAKS';
  });
}

/** Not of an engine whose chain is broken as long as nobody explained it: what was forged is no witness, and is looked at again. */
async function keepHeads(client: pg.ClientBase, run: ClaimedRun, plan: Plan): Promise<void> {
  const seen = `SELECT b.worker_id, b.batch_seq, b.head_hash FROM unnest($1::uuid[], $2::bigint[]) AS seen (id, seq)
                  JOIN ledger_batches b ON b.worker_id = seen.id AND b.batch_seq = seen.seq
                 WHERE NOT EXISTS (SELECT FROM reconciliation_findings f
                                    WHERE f.engine_id = seen.id AND f.check_name IN ('HASH_CHAIN', 'MERKLE_ROOT')
                                      AND f.status = 'OPEN' AND f.last_run_no = $3)`;
  const walked = [
    `{${plan.engines.map(({ engineId }) => engineId).join(',')}}`,
    `{${plan.engines.map(({ toSeq }) => toSeq).join(',')}}`,
    run.runNo,
  ];
  await client.query(
    `INSERT INTO reconciliation_checkpoints AS c (engine_id, batch_seq, head_hash) ${seen}
     ON CONFLICT (engine_id) DO UPDATE SET batch_seq = excluded.batch_seq, head_hash = excluded.head_hash
      WHERE excluded.batch_seq > c.batch_seq`,
    walked,
  );
  await client.query(
    `INSERT INTO witnessed_heads (engine_id, batch_seq, head_hash, "where")
     SELECT s.worker_id, s.batch_seq, s.head_hash, $4 FROM (${seen}) s
      WHERE NOT EXISTS (SELECT FROM witnessed_heads w WHERE w.engine_id = s.worker_id AND w.batch_seq = s.batch_seq)`,
    [...walked, `reconciliation ${run.runId}`],
  );
}

/** Of wallets with an open break. A funding wallet never: nobody of its partition could be paid in any more. */
async function askForSuspensions(client: pg.ClientBase, runNo: string): Promise<void> {
  await client.query(
    `INSERT INTO reconciliation_suspensions (finding_id, wallet_id)
     SELECT f.finding_id, f.wallet_id FROM reconciliation_findings f JOIN wallets w USING (wallet_id)
      WHERE f.status = 'OPEN' AND f.last_run_no = $1 AND w.kind = 'USER' AND w.status = 'ACTIVE'
     ON CONFLICT (finding_id) DO NOTHING`,
    [runNo],
  );
}

/** It cannot be done: why, for people. */
export async function failRun(client: Querying, run: ClaimedRun, error: string): Promise<void> {
  await fenced(client, run, `status = 'FAILED', finished_at = clock_timestamp(), error = left($3, 1000)`, [error]);
}

/** Nobody has to wait for it to be thought dead. */
export async function giveBack(client: Querying, run: ClaimedRun): Promise<void> {
  await fenced(client, run, `status = 'REQUESTED', attempt = attempt + 1`, []);
}

/** What only runs before this one needed, piece by piece. */
export async function forgetTouched(client: pg.ClientBase, runNo: string): Promise<void> {
  for (;;) {
    const { rowCount } = await client.query(
      `DELETE FROM reconciliation_touched WHERE (run_no, wallet_id) IN
         (SELECT run_no, wallet_id FROM reconciliation_touched WHERE run_no < $1 LIMIT 5000)`,
      [runNo],
    );
    if (!rowCount) return;
  }
}

async function fenced(client: Querying, run: ClaimedRun, set: string, values: unknown[]): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE reconciliation_runs SET ${set} WHERE run_no = $1 AND attempt = $2 AND status = 'RUNNING'`,
    [run.runNo, run.attempt, ...values],
  );
  if (rowCount !== 1) throw new StaleAttempt(`run ${run.runId} is at another attempt than ${run.attempt}`);
}

async function inOne<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {}); // a broken connection has rolled back
    throw error;
  }
}
