import type { AlertType } from '@smart-wallet/engine/contract/alerts.js';
import { alertTitle } from '../alerts/alert-words.js';
import type { Database } from '../database.js';
import type { Bar } from './chart.js';
import type { DigestFacts } from './digest-content.js';
import { dayBefore, digestPeriods, startOfDay } from './due-digest.js';
import { countBetween, readCounts, readFigures } from './figures.js';
import { readPayers } from './read-money.js';
import { dateIn, timeIn, weekdayIn } from './reader-clock.js';

const listedMax = 10;
const payersOfCurrency = 5;
const hourMs = 3_600_000;
const halfDayMs = 12 * hourMs;

export interface DigestRow {
  readonly digestId: string;
  readonly email: string;
  readonly frequency: 'DAILY' | 'WEEKLY';
  readonly date: string;
  readonly timeZone: string;
}

interface AlertRow {
  type: AlertType;
  subject: string;
  severity: string;
  status: string;
  since: Date;
  open: string;
  critical: string;
}

/** All that a digest's content depends on. */
export type DigestOf = Pick<DigestRow, 'frequency' | 'date' | 'timeZone'>;

export async function readDigest(database: Database, row: DigestOf): Promise<DigestFacts> {
  const { frequency, date, timeZone } = row;
  const [period, before] = digestPeriods(date, frequency, timeZone);
  const alerts = await database.query<AlertRow>(
    `SELECT alert_type AS type, subject, severity, status, created_at AS since, count(*) OVER () AS open,
            count(*) FILTER (WHERE severity = 'CRITICAL') OVER () AS critical FROM alerts
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
  const summaries = await database.query<{ type: string; date: string; content: string }>(
    `SELECT summary_type AS type, summary_date::text AS date, content FROM ai_summaries WHERE summary_date = $1 ORDER BY summary_id DESC LIMIT 1`,
    [dateIn('UTC', new Date(period.to.getTime() - halfDayMs))],
  );
  const [run] = runs.rows;
  return {
    ...{ frequency, date, timeZone, period },
    now: await readFigures(database, period),
    before: await readCounts(database, before),
    bars: await readBars(database, row),
    payers: await readPayers(database, period, { each: payersOfCurrency }),
    alerts: alerts.rows.map(({ type, ...alert }) => ({ ...alert, title: alertTitle(type) })),
    alertsOpen: Number(alerts.rows[0]?.open ?? 0),
    alertsCritical: Number(alerts.rows[0]?.critical ?? 0),
    reconciliation: run ? { ...run, open: Number(run.open) } : null,
    heads: heads.rows,
    summary: summaries.rows[0] ?? null,
  };
}

/** By hour of the reader's clock, or by day of the week. */
async function readBars(database: Database, { frequency, date, timeZone }: DigestOf): Promise<Bar[]> {
  const [{ from, to }] = digestPeriods(date, frequency, timeZone);
  const days = Array.from({ length: 7 }, (_, i) => startOfDay(dayBefore(date, 6 - i), timeZone));
  const hours = Array.from({ length: Math.ceil((to.getTime() - from.getTime()) / hourMs) }, (_, i) => i);
  const starts = frequency === 'WEEKLY' ? days : hours.map((i) => new Date(from.getTime() + i * hourMs));
  const label = frequency === 'WEEKLY' ? weekdayIn : timeIn;
  const counts = await countBetween(database, [...starts, to]);
  return counts.map((count, i) => ({ label: label(timeZone, starts[i] as Date), ...count }));
}
