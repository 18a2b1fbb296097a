import { formatMoney } from '@smart-wallet/engine/contract/money.js';
import { type Figures, latencyBound } from '../digest/figures.js';
import { grouped, groupedMoney } from '../digest/grouped.js';

/** By name: what stands where a summary says `{name}`. The label and the unit are part of it, so that no number can change its meaning. */
export type Facts = Readonly<Record<string, string>>;

const codesMax = 5;
/** Kinds and currencies, those with most transactions first: the facts have to fit into what a model is given. */
const moneyMax = 16;

/** Only figures, and codes of ours: nothing that a caller wrote. */
export function factsOf(now: Figures, before: Pick<Figures, 'failed' | 'succeeded'>): Facts {
  const facts: Record<string, string> = {
    succeeded: `transactions that succeeded: ${grouped(now.succeeded)}`,
    succeeded_trend: `compared with the day before, successes ${direction(now.succeeded, before.succeeded)}`,
    failed: `transactions that were refused: ${grouped(now.failed)}`,
    failed_trend: `compared with the day before, refusals ${direction(now.failed, before.failed)}`,
  };
  const p99 = latencyBound(now.latency, 0.99);
  if (p99 !== null) facts.latency = `ninety-nine of a hundred took less than ${grouped(p99)} ms`;
  [...now.byCode].slice(0, codesMax).forEach(([code, count], i) => {
    facts[`refusal_${letter(i)}`] = `refused with ${code}: ${grouped(count)}`;
  });
  const money = [...now.money].sort((a, b) => b.count - a.count);
  money.slice(0, moneyMax).forEach(({ kind, currency, sum, count }) => {
    const name = `${kind}_${currency}`.toLowerCase();
    facts[name] =
      `${kind} in ${currency}: ${groupedMoney(formatMoney(sum, currency))} ${currency} in ${grouped(count)} transactions`;
  });
  const left = money.length - moneyMax;
  if (left > 0) facts.money_left_out = `further kinds and currencies that moved money, not told here: ${grouped(left)}`;
  return facts;
}

/** Where no model writes: a line for each fact. */
export function plainSummary(facts: Facts): string {
  return Object.values(facts)
    .map((fact) => `${fact.charAt(0).toUpperCase()}${fact.slice(1)}.`)
    .join('\n');
}

function direction(now: number, before: number): string {
  if (now === before) return `stayed at ${grouped(now)}`;
  return `${now > before ? 'rose' : 'fell'} from ${grouped(before)} to ${grouped(now)}`;
}

function letter(i: number): string {
  return String.fromCharCode(97 + i);
}
