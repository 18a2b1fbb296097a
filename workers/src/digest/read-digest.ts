import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { Database } from '../database.js';
import type { Bar } from './chart.js';
import type { DigestFacts } from './digest-content.js';
import { dateIn, digestPeriods } from './due-digest.js';
import { type Period, readCounts, readFigures } from './figures.js';

const listedMax = 10;
const idSlack = "interval '10 minutes'";

export interface DigestRow {
  readonly digestId: string;
  readonly email: string;
  readonly frequency: 'DAILY' | 'WEEKLY';
  readonly date: string;
  readonly timeZone: string;
}

export async function readDigest(database: Database, row: DigestRow): Promise<DigestFacts> {
  const { frequency, date, timeZone } = row;
  const [period, before] = digestPeriods(date, frequency, timeZone);
  const alerts = await database.query<{ type: string; subject: string; severity: string; since: Date; all: string }>(
    `SELECT alert_type AS type, subject, severity, created_at AS since, count(*) OVER () AS all FROM alerts
      WHERE status <> 'RESOLVED' ORDER BY severity = 'CRITICAL' DESC, created_at LIMIT $1`,
    [listedMax],
  );
  const runs = await database.query<{ mode: string; status: string; finishedAt: Date; open: string }>(
    `SELECT mode, status, finished_at AS "finishedAt", (SELECT count(*) FROM reconciliation_findings WHERE status = 'OPEN') AS open
       FROM reconciliation_runs WHERE finished_at IS NOT NULL ORDER BY run_no DESC LIMIT 1`,
  );
  const heads = await database.query<{ engineId: string; name: string; batchSeq: string; hash: string }>(
    `SELECT worker_id AS "engineId", worker_name AS name, batch_seq AS "batchSeq", encode(head_hash, 'hex') AS hash FROM engine_workers
      WHERE batch_seq > 0 ORDER BY started_at DESC LIMIT $1`,
    [listedMax],
  );
  const summaries = await database.query<{ type: string; content: string }>(
    `SELECT summary_type AS type, content FROM ai_summaries WHERE summary_date = $1 ORDER BY summary_id DESC LIMIT 1`,
    [dateIn('UTC', new Date(period.to.getTime() - 43_200_000))],
  );
  const [run] = runs.rows;
  return {
    ...{ frequency, date, timeZone, period },
    now: await readFigures(database, period),
    before: await readCounts(database, before),
    wallets: await readWallets(database, period),
    alerts: alerts.rows,
    alertsOpen: Number(alerts.rows[0]?.all ?? 0),
    reconciliation: run ? { ...run, open: Number(run.open) } : null,
    heads: heads.rows,
    summary: summaries.rows[0] ?? null,
  };
}

/** Null: there are too many payments to look at in one statement. */
async function readWallets(database: Database, { from, to }: Period): Promise<DigestFacts['wallets']> {
  try {
    const { rows } = await database.query<{ walletId: string; currency: string; count: string; sum: string }>(
      `SELECT sender_wallet_id AS "walletId", currency, count(*) AS count, sum(amount)::text AS sum FROM transactions
        WHERE transaction_id >= uuid_at($1::timestamptz - ${idSlack}) AND transaction_id < uuid_at($2::timestamptz + ${idSlack})
          AND created_at >= $1 AND created_at < $2 AND status = 'SUCCESS' AND kind = 'PAYMENT'
        GROUP BY 1, 2 ORDER BY sum(amount) DESC, 1 LIMIT $3`,
      [from, to, listedMax],
    );
    return rows.map(({ sum, count, ...row }) => ({ ...row, count: Number(count), sum: parseDecimal(sum) }));
  } catch (error) {
    if ((error as { code?: string }).code === '57014' || /timeout/i.test(String(error))) return null;
    throw error;
  }
}

/** Transactions by hour, or by day of a week, as far as minutes are written. */
export async function readBars(database: Database, { from, to }: Period, frequency: string): Promise<Bar[]> {
  const hours = frequency === 'WEEKLY' ? 24 : 1;
  const { rows } = await database.query<{ n: number; count: string }>(
    `SELECT floor(extract(epoch FROM minute - $1) / $3)::int AS n, sum(succeeded + failed) AS count FROM ledger_minutes
      WHERE minute >= $1 AND minute < $2 GROUP BY 1`,
    [from, to, hours * 3_600],
  );
  const counts = new Map(rows.map(({ n, count }) => [n, Number(count)]));
  const bars = Math.ceil((to.getTime() - from.getTime()) / (hours * 3_600_000));
  return Array.from({ length: bars }, (_, i) => ({
    label: hours === 1 ? `${i} h` : `day ${i + 1}`,
    count: counts.get(i) ?? 0,
  }));
}
