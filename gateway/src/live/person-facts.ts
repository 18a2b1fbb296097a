import { type PersonLine, personCountMax } from '@smart-wallet/engine/contract/live.js';
import type { Database } from '../storage/database.js';

/** The job comes every hour: one that was missed is a coincidence, two are not. */
const reconciliationLateAfterMs = 2 * 3_600_000;
/** As the alert's default, which may be switched off, or have nobody who judges it. */
const relayLateAfterMs = 60_000;

/** Open alerts of a type. */
export interface AlertCount {
  kind: string;
  /** Of those that nobody has acknowledged; null, as `oldestAt`: there are none. */
  severity: PersonLine['severity'] | null;
  count: number;
  oldestAt: number | null;
  acknowledged: number;
}

/** What waits for a person, as the tables say it. Times: Unix milliseconds of the database; null: there is none. */
export interface PersonFacts {
  nowMs: number;
  findings: number;
  oldestFindingAt: number | null;
  deadLetters: number;
  oldestDeadLetterAt: number | null;
  approvals: number;
  oldestApprovalAt: number | null;
  reconciledAt: number | null;
  /** The newest run that has ended, when it came to no result. */
  reconciliationFailedAt: number | null;
  reconciliationDueAt: number | null;
  relayLagMs: number | null;
}

const ms = (time: string) => `floor(extract(epoch FROM ${time}) * 1000)::float8`;
const counted = (from: string) => `(SELECT count(*)::int FROM (SELECT FROM ${from} LIMIT ${personCountMax}) AS one)`;
const openFindings = `reconciliation_findings WHERE status = 'OPEN'`;
const lyingLetters = `dead_letters WHERE status IN ('WAITING', 'REPLAYING')`;
const openApprovals = `approvals WHERE status = 'PENDING' AND expires_at > clock_timestamp()`;

/** Each from a partial index of what is open, no further than `personCountMax`: a thousand dead letters cost what a million do. */
export async function readPersonFacts(database: Database): Promise<PersonFacts> {
  const { rows } = await database.query<PersonFacts>({
    name: 'person-facts',
    text: `SELECT ${ms('clock_timestamp()')} AS "nowMs",
      ${counted(openFindings)} AS findings, (SELECT ${ms('min(first_seen_at)')} FROM ${openFindings}) AS "oldestFindingAt",
      ${counted(lyingLetters)} AS "deadLetters",
      (SELECT ${ms('first_failed_at')} FROM ${lyingLetters} ORDER BY dead_letter_id LIMIT 1) AS "oldestDeadLetterAt",
      ${counted(openApprovals)} AS approvals,
      (SELECT ${ms('requested_at')} FROM ${openApprovals} ORDER BY expires_at LIMIT 1) AS "oldestApprovalAt",
      (SELECT ${ms('max(finished_at)')} FROM reconciliation_runs WHERE status IN ('CLEAN', 'BREAKS')) AS "reconciledAt",
      (SELECT CASE status WHEN 'FAILED' THEN ${ms('finished_at')} END FROM reconciliation_runs WHERE finished_at IS NOT NULL
        ORDER BY run_no DESC LIMIT 1) AS "reconciliationFailedAt",
      (SELECT ${ms('next_due_at')} FROM job_schedules WHERE job = 'reconciliation') AS "reconciliationDueAt",
      (SELECT CASE WHEN epoch > 0 THEN (SELECT seconds * 1000 FROM relay_lag) END FROM relay_lease) AS "relayLagMs"`,
  });
  return rows[0] as PersonFacts;
}

/** The index of open alerts is all that is read. */
export async function readAlertCounts(database: Database): Promise<AlertCount[]> {
  const open = `FILTER (WHERE status <> 'ACKNOWLEDGED')`;
  const { rows } = await database.query<AlertCount>({
    name: 'alert-counts',
    text: `SELECT alert_type AS kind, count(*) ${open}::int AS count, count(*) FILTER (WHERE status = 'ACKNOWLEDGED')::int AS acknowledged,
                  (ARRAY['INFO', 'WARNING', 'CRITICAL'])[max(array_position(ARRAY['INFO', 'WARNING', 'CRITICAL'], severity::text)) ${open}]
                    AS severity,
                  floor(extract(epoch FROM min(created_at) ${open}) * 1000)::float8 AS "oldestAt"
             FROM alerts WHERE status <> 'RESOLVED' GROUP BY 1`,
  });
  return rows;
}

/**
 * The lines of it, the worst first. What an alert is about and what is counted here is one line, the count: twelve dead letters are not
 * one alert as well. Once somebody has acknowledged that alert, the line is there and presses no more.
 */
export function personLines(alerts: readonly AlertCount[], facts: PersonFacts): PersonLine[] {
  const acknowledged = new Set(alerts.filter(({ count, acknowledged }) => count === 0 && acknowledged > 0).map(kindOf));
  const alerted = new Map(alerts.map(({ kind, severity }) => [kind, severity]));
  // The alert may be configured to be worse than what is counted here.
  const severityBeside = (alertType: string, severity: PersonLine['severity']) => {
    if (acknowledged.has(alertType)) return 'INFO';
    const alertSeverity = alerted.get(alertType) ?? severity;
    return ranks[alertSeverity] < ranks[severity] ? alertSeverity : severity;
  };
  const lines: PersonLine[] = [];
  const add = (kind: string, severity: PersonLine['severity'], count: number, oldestAt: number | null) => {
    if (count > 0) lines.push({ kind, severity, count, oldestAt: oldestAt ?? facts.nowMs });
  };
  add('OPEN_FINDINGS', severityBeside('LEDGER_INCONSISTENCY', 'CRITICAL'), facts.findings, facts.oldestFindingAt);
  add('DEAD_LETTERS_WAITING', severityBeside('DEAD_LETTERS', 'WARNING'), facts.deadLetters, facts.oldestDeadLetterAt);
  add('APPROVALS_WAITING', 'WARNING', facts.approvals, facts.oldestApprovalAt);
  if (facts.reconciliationFailedAt !== null) add('RECONCILIATION_FAILED', 'WARNING', 1, facts.reconciliationFailedAt);
  else if (isLate(facts)) add('RECONCILIATION_LATE', 'WARNING', 1, facts.reconciledAt ?? facts.reconciliationDueAt);
  if ((facts.relayLagMs ?? 0) >= relayLateAfterMs && !alerts.some(({ kind }) => kind === 'RELAY_LAG')) {
    add('RELAY_LAG', 'WARNING', 1, facts.nowMs - (facts.relayLagMs as number));
  }
  const said = new Set([
    ...(facts.findings > 0 ? ['LEDGER_INCONSISTENCY'] : []),
    ...(facts.deadLetters > 0 ? ['DEAD_LETTERS'] : []),
  ]);
  for (const { kind, severity, count, oldestAt } of alerts) {
    if (severity !== null && !said.has(kind)) add(kind, severity, count, oldestAt);
  }
  return lines.sort(worstFirst);
}

/** Never is late only once the job has let an hour pass: a platform that has just started is not. */
function isLate({ nowMs, reconciledAt, reconciliationDueAt }: PersonFacts): boolean {
  if (reconciledAt !== null) return nowMs - reconciledAt >= reconciliationLateAfterMs;
  return reconciliationDueAt !== null && nowMs - reconciliationDueAt >= reconciliationLateAfterMs / 2;
}

const kindOf = ({ kind }: { kind: string }) => kind;
const ranks = { CRITICAL: 0, WARNING: 1, INFO: 2 } as const;

function worstFirst(a: PersonLine, b: PersonLine): number {
  return ranks[a.severity] - ranks[b.severity] || a.oldestAt - b.oldestAt || (a.kind < b.kind ? -1 : 1);
}
