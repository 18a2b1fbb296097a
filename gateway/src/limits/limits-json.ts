import { formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { LimitsRow } from './find-limits.js';

export function limitsJson(row: LimitsRow): string {
  const { currency } = row;
  const money = (text: string | null) => (text === null ? null : formatMoney(parseDecimal(text), currency));
  const left = (limit: string | null, used: string) => {
    if (limit === null) return null;
    const rest = parseDecimal(limit) - parseDecimal(used);
    // A limit may be lowered below what was used already.
    return formatMoney(rest > 0n ? rest : 0n, currency);
  };
  const credit = row.floor === null ? 0n : -parseDecimal(row.floor);
  return JSON.stringify({
    ...{ walletId: row.wallet_id, currency, creditLimit: credit === 0n ? null : formatMoney(credit, currency) },
    ...{ perPayment: money(row.per_payment), dailyOut: money(row.daily_out), dailyIn: money(row.daily_in) },
    day: row.today,
    remaining: { dailyOut: left(row.daily_out, row.out_today), dailyIn: left(row.daily_in, row.in_today) },
  });
}
