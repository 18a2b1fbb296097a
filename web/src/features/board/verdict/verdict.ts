import { type LiveTargets, personCountMax, type SourceAges } from '@smart-wallet/engine/contract/live.js';
import { ageText, durationText, failedText, percentText, plural, utcTime } from '../../../figures/format.js';
import type { Percentile } from '../../../figures/percentile.js';
import { byCount, type FigureSum } from '../../../figures/sum.js';
import type { Severity } from '../../../ui/severity.js';

/*
 * The board in one sentence. The rules stand in order of what a person must know first; the first one that holds speaks.
 * They are described in web/WALLBOARD.md: keep both alike.
 */

export type Rule =
  | 'CONNECTING'
  | 'NOT_CONNECTED'
  | 'NO_DATA'
  | 'ENGINE_SILENT'
  | 'OWNERLESS'
  | 'LEDGER_BROKEN'
  | 'FAILING'
  | 'NOT_ACCEPTED'
  | 'SLOW'
  | 'WAITING'
  | 'QUIET'
  | 'MOVING';

export interface Finding {
  rule: Rule;
  severity: Severity;
  sentence: string;
}

export interface VerdictInput {
  /** Since the last frame; null: none came yet. */
  frameAgeMs: number | null;
  /** Gateway's clock at the last frame, Unix milliseconds. */
  frameMadeAtMs: number | null;
  /** Since the page began to connect. */
  tryingForMs: number;
  /** As the last frame told. */
  sources: SourceAges;
  targets: LiveTargets;
  ownerless: { count: number; forMs: number };
  /** Breaks of the ledger that nobody has explained. */
  breaks: number;
  lastMinute: FigureSum;
  p99: Percentile | null;
  /** Of the last minute, certainly over the SLA. */
  slow: number;
  /** In the last minute, by code. */
  notAccepted: ReadonlyMap<string, number>;
  oldestWaitingMs: number | null;
  /** Since the last commit that is known; null: none in what the page holds. */
  lastCommitAgoMs: number | null;
}

/** No frame for this long: not connected. */
export const disconnectedAfterMs = 3_000;
/** The ledger has not said for this long which seconds are closed: its figures are old. */
export const ledgerStaleAfterMs = 5_000;
export const engineStaleAfterMs = 3_000;
/** A planned handover takes less; it is nobody's business. */
export const ownerlessAfterMs = 1_000;
/** Fewer failures, or fewer slow payments, in a minute say nothing about a rate. */
export const breachPaymentsMin = 5;
/** The share of failures, or of payments not accepted, that is critical. */
export const criticalShare = 0.05;
export const waitingAfterMs = 2_000;
/** By then its caller has been told that the outcome is unknown. */
export const waitingCriticalAfterMs = 5_000;
export const quietAfterMs = 30_000;

const rules: readonly ((input: VerdictInput) => Finding | null)[] = [
  notConnected,
  noData,
  engineSilent,
  ownerless,
  ledgerBroken,
  failing,
  notAccepted,
  slow,
  waiting,
  quiet,
];

/** All that holds, most important first; never empty. The first is the verdict. */
export function findings(input: VerdictInput): [Finding, ...Finding[]] {
  const found = rules.flatMap((rule) => rule(input) ?? []).sort((a, b) => rank(a) - rank(b));
  const [first, ...others] = found;
  return first ? [first, ...others] : [{ rule: 'MOVING', severity: 'good', sentence: 'Money is moving' }];
}

/** Without fresh data nothing else can be said; then what is critical; then the rest, in the rules' order. */
function rank(finding: Finding): number {
  return { unknown: 0, critical: 1, warning: 2, good: 3 }[finding.severity];
}

function notConnected({ frameAgeMs, frameMadeAtMs, tryingForMs }: VerdictInput): Finding | null {
  if (frameAgeMs === null || frameMadeAtMs === null) {
    return tryingForMs < disconnectedAfterMs
      ? { rule: 'CONNECTING', severity: 'unknown', sentence: 'Connecting' }
      : unknown('NOT_CONNECTED', `Not connected for ${ageText(tryingForMs)}`);
  }
  if (frameAgeMs < disconnectedAfterMs) return null;
  const figures = `Figures are from ${utcTime(frameMadeAtMs)} UTC`;
  return unknown('NOT_CONNECTED', `Not connected for ${ageText(frameAgeMs)}. ${figures}`);
}

function noData({ sources: { ledgerMs }, frameAgeMs }: VerdictInput): Finding | null {
  if (frameAgeMs === null || (ledgerMs !== null && ledgerMs < ledgerStaleAfterMs)) return null;
  return unknown('NO_DATA', ledgerMs === null ? 'No data from the ledger yet' : `No data for ${ageText(ledgerMs)}`);
}

function engineSilent({ sources: { engineMs }, frameAgeMs }: VerdictInput): Finding | null {
  if (frameAgeMs === null || (engineMs !== null && engineMs < engineStaleAfterMs)) return null;
  const since = engineMs === null ? 'yet' : `for ${ageText(engineMs)}`;
  return critical('ENGINE_SILENT', `No word from any engine ${since}: payments wait`);
}

function ownerless({ ownerless: { count, forMs } }: VerdictInput): Finding | null {
  if (count === 0 || forMs < ownerlessAfterMs) return null;
  const theirs = count === 1 ? 'its payments wait' : 'their payments wait';
  return critical('OWNERLESS', `${plural(count, 'partition')} without an owner: ${theirs}`);
}

/** Whatever moves: what was written is not what was committed. */
function ledgerBroken({ breaks }: VerdictInput): Finding | null {
  if (breaks === 0) return null;
  const count = breaks >= personCountMax ? `${personCountMax} or more breaks` : plural(breaks, 'break');
  return critical('LEDGER_BROKEN', `The ledger does not add up: ${count}, unexplained`);
}

function failing({ lastMinute: { succeeded, failed, failuresByCode }, targets }: VerdictInput): Finding | null {
  const total = succeeded + failed;
  if (failed < breachPaymentsMin || holdsTarget(succeeded, total, targets.successPercent)) return null;
  const allowed = percentText(100 - targets.successPercent);
  const code = mainCode(failuresByCode);
  const failure = `Payments failing: ${failedText(succeeded, failed)} % (target < ${allowed}), ${code}`;
  return { rule: 'FAILING', severity: failed >= criticalShare * total ? 'critical' : 'warning', sentence: failure };
}

/** Of few failures the most frequent code may be one of many: it is blamed when it is at least twice as frequent as the next. */
function mainCode(failuresByCode: VerdictInput['lastMinute']['failuresByCode']): string {
  const codes = byCount(failuresByCode);
  const [[code, count] = ['UNKNOWN', 0], [, next] = ['', 0]] = codes;
  return count >= 2 * next ? code : `${codes.length} different codes`;
}

/** In whole numbers, of ten-thousandths of a per cent: a product of floats misses targets that are met exactly. */
function holdsTarget(succeeded: number, total: number, percent: number): boolean {
  return succeeded * 1_000_000 >= Math.round(percent * 10_000) * total;
}

function notAccepted({ notAccepted: byCode, lastMinute }: VerdictInput): Finding | null {
  const [[code] = ['']] = byCount(byCode);
  const count = [...byCode.values()].reduce((sum, n) => sum + n, 0);
  if (count === 0) return null;
  const asked = count + lastMinute.succeeded + lastMinute.failed;
  const refusal = `${plural(count, 'payment')} not accepted in the last minute: ${code}`;
  return { rule: 'NOT_ACCEPTED', severity: count >= criticalShare * asked ? 'critical' : 'warning', sentence: refusal };
}

function slow({ p99, slow: count, targets: { latencyP99Ms } }: VerdictInput): Finding | null {
  if (!p99 || p99.ms <= latencyP99Ms || count < breachPaymentsMin) return null;
  const figure = `${p99.atLeast ? 'over ' : ''}${durationText(p99.ms)}`;
  return warning('SLOW', `Payments are slow: p99 ${figure} (SLA ${durationText(latencyP99Ms)})`);
}

function waiting({ oldestWaitingMs }: VerdictInput): Finding | null {
  if (oldestWaitingMs === null || oldestWaitingMs < waitingAfterMs) return null;
  const sentence = `A payment has been waiting for ${durationText(oldestWaitingMs)}`;
  return oldestWaitingMs < waitingCriticalAfterMs ? warning('WAITING', sentence) : critical('WAITING', sentence);
}

/** Nothing is wrong with a quiet night. */
function quiet({ lastCommitAgoMs }: VerdictInput): Finding | null {
  if (lastCommitAgoMs !== null && lastCommitAgoMs < quietAfterMs) return null;
  const since = lastCommitAgoMs === null ? 'in the last 15 minutes' : `for ${durationText(lastCommitAgoMs)}`;
  return { rule: 'QUIET', severity: 'good', sentence: `Quiet: no payment ${since}` };
}

function unknown(rule: Rule, sentence: string): Finding {
  return { rule, severity: 'unknown', sentence };
}

function critical(rule: Rule, sentence: string): Finding {
  return { rule, severity: 'critical', sentence };
}

function warning(rule: Rule, sentence: string): Finding {
  return { rule, severity: 'warning', sentence };
}
