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
}

export type Random = () => number;

const weekday = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const reasons = ['dinner', 'concert tickets', 'birthday present', 'shared taxi', 'holiday flat'];

/** The weights and means are such that the money goes round: what people spend comes back to them as wages. */
export const flows: readonly Flow[] = [
  { ...flow('purchase', 610, ['person'], ['merchant'], 18, 0.9), reference: (n) => `order ${48_000 + n}` },
  { ...flow('ticket', 70, ['person'], ['merchant'], 14, 0.4), roundTo: 50, reference: (n) => `ticket ${7_100 + n}` },
  { ...flow('transfer', 90, ['person'], ['person'], 25, 0.7), roundTo: 500, reference: (n) => pick(reasons, n) },
  { ...flow('invoice', 120, ['merchant'], ['supplier'], 95, 0.8), reference: (n) => `invoice ${2_000 + n}` },
  { ...flow('freight', 20, ['supplier'], ['supplier'], 140, 0.6), reference: (n) => `freight ${600 + n}` },
  { ...flow('refund', 30, ['merchant'], ['person'], 18, 0.9), reference: (n) => `refund, order ${48_000 + n}` },
  {
    ...flow('payroll funding', 20, ['merchant', 'supplier'], ['payroll'], 850, 0.4),
    ...{ roundTo: 1_000, reference: (n: number) => `payroll funding, run ${300 + n}` },
  },
  { ...flow('wages', 20, ['payroll'], ['person'], 850, 0.3), reference: (n) => `wages until ${pick(weekday, n)}` },
  { ...flow('top-up', 12, null, ['person'], 100, 0.5), roundTo: 1_000, reference: () => 'card top-up' },
  { ...flow('payout', 8, ['merchant', 'supplier'], null, 150, 0.5), roundTo: 1_000, reference: () => 'payout to bank' },
];

const weightOf = (some: readonly Flow[]) => some.reduce((sum, { weight }) => sum + weight, 0);
const weightSum = weightOf(flows);

/** Share of the flows in which money enters or leaves the platform. */
export const occasionalShare = weightOf(flows.filter(({ from, to }) => !from || !to)) / weightSum;

export function randomFlow(random: Random): Flow {
  let place = random() * weightSum;
  for (const one of flows) {
    place -= one.weight;
    if (place < 0) return one;
  }
  return flows[0] as Flow;
}

/** Ten-thousandths, with no more decimals than the currency has, above zero. */
export function randomAmount({ median, spread, roundTo = 1 }: Flow, currency: string, random: Random): bigint {
  const exponent = currencyExponent(currency) ?? 0;
  const euros = median * Math.exp(spread * normal(random));
  const step = exponent === 0 ? Math.max(10, roundTo) : roundTo;
  const minorUnits = Math.max(1, Math.round((inCurrency(euros, currency) * 10 ** exponent) / step)) * step;
  return BigInt(minorUnits) * 10n ** BigInt(moneyScale - exponent);
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
