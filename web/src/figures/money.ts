import { formatDecimal, formatMoney } from '@smart-wallet/engine/contract/money.js';

/** Money (ten-thousandths) as a person reads it: grouped, with the currency's decimals, never rounded. `12345600n` EUR is `1,234.56`. */
export function moneyText(scaled: bigint, currency: string): string {
  const text = exactText(scaled, currency);
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(.*)$/.exec(text) ?? [];
  return `${sign && '\u2212'}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${fraction}`;
}

function exactText(scaled: bigint, currency: string): string {
  try {
    return formatMoney(scaled, currency);
  } catch {
    // A currency younger than this page, or more decimals than it should have: exact, if not pretty.
    return formatDecimal(scaled);
  }
}
