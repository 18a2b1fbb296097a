import { type RefusalCode, refusalCategories } from '@smart-wallet/engine/contract/rejection.js';
import type { Pool } from 'pg';
import {
  type CodeFigures,
  findMinutesWritten,
  type PeriodFigures,
  readPeriod,
  toldBefore,
} from '../ledger-minutes/minute-figures.js';
import { patientRead } from '../storage/patient-read.js';
import { findExamples, findFailingWallets, type WalletFailures } from './failed-transactions.js';
import { bucketSizes } from './failure-filters.js';
import type { FailurePeriod } from './failure-period.js';

export interface FailureAnalysis {
  period: FailurePeriod;
  /** What was committed before it is counted. */
  asOfMs: number;
  now: PeriodFigures;
  /** The period of the same length before. */
  previous: PeriodFigures;
  examples: ReadonlyMap<string, string[]>;
  wallets: WalletFailures[];
}

export async function analyseFailures(
  database: Pool,
  period: FailurePeriod,
  signal: AbortSignal,
): Promise<FailureAnalysis> {
  const { fromMs, toMs, bucket } = period;
  const bucketMs = bucketSizes[bucket];
  const written = await patientRead(() => findMinutesWritten(database), signal);
  const asOfMs = Math.min(toMs, toldBefore(written));
  const told = { fromMs, toMs: asOfMs };
  const now = await readPeriod(database, told, written, bucketMs, signal);
  const before = { fromMs: fromMs - (toMs - fromMs), toMs: fromMs };
  const previous = await readPeriod(database, before, written, bucketMs, signal);
  const examples = new Map<string, string[]>();
  for (const [code, { lastMinuteMs }] of now.byCode) {
    examples.set(code, await patientRead(() => findExamples(database, code, lastMinuteMs, told), signal));
  }
  const wallets = now.failed === 0 ? [] : await patientRead(() => findFailingWallets(database, told), signal);
  return { period, asOfMs, now, previous, examples, wallets };
}

export function analysisJson({ period, asOfMs, now, previous, examples, wallets }: FailureAnalysis): string {
  const { fromMs, toMs, bucket } = period;
  const byCode = [...now.byCode]
    .sort(([a, { count: x }], [b, { count: y }]) => y - x || (a < b ? -1 : 1))
    .map(([code, { count }]) => ({
      ...{ code, category: categoryOf(code), count, share: ratio(count, now.failed) },
      previousCount: previous.byCode.get(code)?.count ?? 0,
      examples: examples.get(code) ?? [],
    }));
  return JSON.stringify({
    ...{ from: iso(fromMs), to: iso(toMs), asOf: iso(asOfMs), bucket },
    ...ratesOf(now),
    previous: ratesOf(previous),
    byCode,
    byCategory: byCategory(now, previous),
    byWallet: wallets,
    buckets: bucketsOf(period, now),
  });
}

function ratesOf({ total, failed }: PeriodFigures) {
  return { total, failed, failureRate: ratio(failed, total) };
}

function byCategory(now: PeriodFigures, previous: PeriodFigures) {
  const before = sumByCategory(previous.byCode);
  return [...sumByCategory(now.byCode)]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .map(([category, count]) => ({
      ...{ category, count, share: ratio(count, now.failed), previousCount: before.get(category) ?? 0 },
    }));
}

function sumByCategory(byCode: ReadonlyMap<string, CodeFigures>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [code, { count }] of byCode) sums.set(categoryOf(code), (sums.get(categoryOf(code)) ?? 0) + count);
  return sums;
}

/** A newer engine may write codes that are not known here. */
function categoryOf(code: string): string {
  return refusalCategories[code as RefusalCode] ?? 'OTHER';
}

/** All of the period, those without a transaction too. */
function bucketsOf({ fromMs, toMs, bucket }: FailurePeriod, { buckets }: PeriodFigures) {
  const sizeMs = bucketSizes[bucket];
  const all: { at: string; total: number; failed: number }[] = [];
  for (let atMs = fromMs - (fromMs % sizeMs); atMs < toMs; atMs += sizeMs) {
    const { total = 0, failed = 0 } = buckets.get(atMs) ?? {};
    all.push({ at: iso(atMs), total, failed });
  }
  return all;
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
