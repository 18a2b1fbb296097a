import { begun, type Movement, money } from './movement.js';
import type { Purse } from './purses.js';

/** People paid together, at most. */
export const payrollMax = 8;

/** Wages for several people at once: all of them are paid, or nobody is. */
export function payroll(payer: Purse, wages: readonly [Purse, bigint][], reference: string): Movement {
  const { currency, walletId } = payer.member;
  const amount = wages.reduce((sum, [, wage]) => sum + wage, 0n);
  const payments = wages.map(([person, wage]) => ({
    ...{ senderWalletId: walletId, receiverWalletId: person.member.walletId },
    ...{ ...money(wage, currency), reference, description: `Wages, ${person.member.name}` },
  }));
  return begun({
    ...{ kind: 'PAYROLL', sender: payer, receiver: null, amount, currency, reference, count: wages.length },
    ask: { call: 'payTogether', body: payments },
    effects: [
      { purse: payer, balance: -amount, held: 0n },
      ...wages.map(([purse, wage]) => ({ purse, balance: wage, held: 0n })),
    ],
  });
}
