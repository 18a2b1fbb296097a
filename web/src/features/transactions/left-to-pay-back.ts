import { parseAmount, type Transaction } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { decimalText } from '../../figures/money.js';

const everyMs = 5_000;

/** What neither refunds nor a reversal have paid back yet, as the API takes amounts; undefined: not known. */
export function useLeftToPayBack({ transactionId, amount, currency }: Transaction): string | undefined {
  const { platform } = useSigned();
  const { data } = useQuery({
    queryKey: ['transaction', transactionId, 'left'],
    queryFn: async ({ signal }) => {
      const query = { parentTransactionId: transactionId, status: 'SUCCESS' } as const;
      const { sumByCurrency } = await answered(platform.api.getTransactionTotals({ query, signal }));
      return leftOf(amount, sumByCurrency[currency] ?? '0', currency);
    },
    refetchInterval: everyMs,
  });
  return data;
}

/** Whatever belongs to a payment, a deposit, a withdrawal or a capture pays it back. */
export function leftOf(amount: string, paidBack: string, currency: string): string {
  return decimalText(parseAmount(amount) - parseAmount(paidBack), currency);
}

export function isNothing(amount: string): boolean {
  return parseAmount(amount) <= 0n;
}
