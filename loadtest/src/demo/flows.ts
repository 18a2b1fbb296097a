import { currencyExponent } from '@smart-wallet/engine/contract/currency.js';
import { moneyScale } from '@smart-wallet/engine/contract/money.js';
import type { Role } from './cast.js';
import { inCurrency } from './purses.js';

/** One reason why money moves. Amounts are log-normal: many small ones, few large ones. */
export interface Flow {
  readonly name: string;
  /** Of 1000 movements. */
  readonly weight: number;
  /** Null: money enters or leaves the platform. */
  readonly from: readonly Role[] | null;
  readonly to: readonly Role[] | null;
  /** In euros. */
  readonly median: number;
  /** Of the logarithm. */
  readonly spread: number;
  /** Amounts are whole multiples of this many minor units. */
  readonly roundTo?: number;
  readonly reference: (n: number) => string;
  /** A second, at high rates: each is a request of its own, while payments go together. */
  readonly perSecondMax?: number;
}

export type Random = () => number;

const weekday = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const reasons = ['dinner', 'concert tickets', 'birthday present', 'shared taxi', 'holiday flat'];

/**
 * The weights and means are such that the money goes round: what people spend comes back to them as wages. A payroll pays a little
 * more than it is given, so that it comes to live on its credit.
 */
export const flows: readonly Flow[] = [
  { ...flow('purchase', 545, ['person'], ['merchant'], 18, 0.9), reference: (n) => `order ${48_000 + n}` },
  {
    ...flow('authorization', 36, ['person'], ['merchant'], 60, 0.8),
    ...{ perSecondMax: 4, reference: (n: number) => `card ${10_000 + n}` },
  },
  { ...flow('ticket', 70, ['person'], ['merchant'], 14, 0.4), roundTo: 50, reference: (n) => `ticket ${7_100 + n}` },
  { ...flow('transfer', 90, ['person'], ['person'], 25, 0.7), roundTo: 500, reference: (n) => pick(reasons, n) },
  { ...flow('invoice', 120, ['merchant'], ['supplier'], 95, 0.8), reference: (n) => `invoice ${2_000 + n}` },
  { ...flow('freight', 20, ['supplier'], ['supplier'], 140, 0.6), reference: (n) => `freight ${600 + n}` },
  { ...flow('refund', 30, ['merchant'], ['person'], 18, 0.9), perSecondMax: 4, reference: () => 'refund' },
  { ...flow('reversal', 1, ['merchant'], ['person'], 18, 0.9), perSecondMax: 0.1, reference: () => 'reversal' },
  {
    ...flow('payroll funding', 15, ['merchant', 'supplier'], ['payroll'], 850, 0.4),
    ...{ roundTo: 1_000, reference: (n: number) => `payroll funding, run ${300 + n}` },
  },
  { ...flow('wages', 14, ['payroll'], ['person'], 850, 0.3), reference: (n) => `wages until ${pick(weekday, n)}` },
  {
    ...flow('payroll', 1, ['payroll'], ['person'], 850, 0.3),
    ...{ perSecondMax: 0.1, reference: (n: number) => `payroll, run ${300 + n}` },
  },
  {
    ...flow('top-up', 12, null, ['person'], 100, 0.5),
    ...{ roundTo: 1_000, perSecondMax: 2.4, reference: () => 'card top-up' },
  },
  {
    ...flow('payout', 8, ['merchant', 'supplier'], null, 150, 0.5),
    ...{ roundTo: 1_000, perSecondMax: 1.6, reference: () => 'payout to bank' },
  },
];

/** Without those that go on by themselves later: once nothing flows, nothing is committed. */
export const flowsWithoutHolds: readonly Flow[] = flows.filter(({ name }) => name !== 'authorization');

const weightSum = flows.reduce((sum, { weight }) => sum + weight, 0);

/** null: one that is left out, or there are enough of its kind at this rate. */
export function randomFlow(some: readonly Flow[], rate: number, random: Random): Flow | null {
  let place = random() * weightSum;
  const found = some.find(({ weight }) => {
    place -= weight;
    return place < 0;
  });
  if (!found) return null;
  const { perSecondMax = Number.POSITIVE_INFINITY, weight } = found;
  return random() * rate * (weight / weightSum) > perSecondMax ? null : found;
}

/** So much of an amount, rounded down to what the currency has; null: that would be nothing, or all. */
export function partOf(amount: bigint, share: number, currency: string): bigint | null {
  const minor = minorUnit(currency);
  const part = BigInt(Math.floor(Number(amount / minor) * share)) * minor;
  return part > 0n && part < amount ? part : null;
}

/** The smallest amount of a currency. */
export function minorUnit(currency: string): bigint {
  return 10n ** BigInt(moneyScale - (currencyExponent(currency) ?? 0));
}

/** Ten-thousandths, with no more decimals than the currency has, above zero. */
export function randomAmount({ median, spread, roundTo = 1 }: Flow, currency: string, random: Random): bigint {
  const exponent = currencyExponent(currency) ?? 0;
  const euros = median * Math.exp(spread * normal(random));
  const step = exponent === 0 ? Math.max(10, roundTo) : roundTo;
  const minorUnits = Math.max(1, Math.round((inCurrency(euros, currency) * 10 ** exponent) / step)) * step;
  return BigInt(minorUnits) * minorUnit(currency);
}

/** Box and Muller's. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function flow(name: string, weight: number, from: Flow['from'], to: Flow['to'], median: number, spread: number) {
  return { name, weight, from, to, median, spread };
}

function pick(texts: readonly string[], n: number): string {
  return texts[n % texts.length] as string;
}
