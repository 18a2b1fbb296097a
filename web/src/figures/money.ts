import { formatDecimal, formatMoney } from '@smart-wallet/engine/contract/money.js';

/** Money (ten-thousandths) as a person reads it: grouped, with the currency's decimals, never rounded. `12345600n` EUR is `1,234.56`. */
export function moneyText(scaled: bigint, currency: string): string {
  return groupedAmount(decimalText(scaled, currency));
}

/** An amount as the API says it, grouped: `-1234.50` is `−1,234.50`. Its decimals are those of the currency already. */
export function groupedAmount(decimal: string): string {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(.*)$/.exec(decimal) ?? [];
  return `${sign && '\u2212'}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${fraction}`;
}

/** Money (ten-thousandths) as the API says it. `12345600n` EUR is `1234.56`. */
export function decimalText(scaled: bigint, currency: string): string {
  try {
    return formatMoney(scaled, currency);
  } catch {
    // A currency younger than this page, or more decimals than it should have: exact, if not pretty.
    return formatDecimal(scaled);
  }
}
