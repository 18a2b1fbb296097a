import { type Break, moneyBreak } from '../finding.js';

/** The balances of all wallets of a currency, of one moment, add up to zero: what is in wallets came from funding wallets. */
export function checkCurrencySums(sums: Readonly<Record<string, string>>): Break[] {
  return Object.entries(sums).flatMap(([currency, sum]) =>
    BigInt(sum) === 0n
      ? []
      : [moneyBreak('CURRENCY_SUM', {}, { what: 'balances', currency, expected: 0n, found: BigInt(sum) })],
  );
}
