import { firesAt, plainNumber, type Rule } from './alert-rule.js';

export interface CommittedCounts {
  readonly succeeded: number;
  readonly failed: number;
  readonly failuresByCode: Readonly<Record<string, number>>;
}

const codesShown = 5;

/** Per cent of all that was committed in the window. */
export const failureRate: Rule<CommittedCounts> = ({ succeeded, failed, failuresByCode }, terms) => {
  const total = succeeded + failed;
  if (total === 0 || total < terms.minimumSample) return [];
  const codes = Object.entries(failuresByCode)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, codesShown);
  const value = (100 * failed) / total;
  const mostly = codes.length === 0 ? '' : `, most often ${codes.map(([code, n]) => `${code} (${n})`).join(', ')}`;
  const says = `${plainNumber(value)} % of transactions failed in ${terms.windowMinutes} min: ${failed} of ${total}${mostly}`;
  return firesAt(value, terms, says, { total, failed, failuresByCode: Object.fromEntries(codes) });
};
