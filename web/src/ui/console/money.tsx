import { groupedAmount } from '../../figures/money.js';

/** An amount as the API says it: grouped, with its currency. `signed`: what comes in has its plus. */
export function Money({ amount, currency, signed = false }: { amount: string; currency: string; signed?: boolean }) {
  const plus = signed && !amount.startsWith('-') && /[1-9]/.test(amount) ? '+' : '';
  return (
    <span className="money">
      {plus}
      {groupedAmount(amount)} <span className="currency">{currency}</span>
    </span>
  );
}
