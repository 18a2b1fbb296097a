import { scenario } from 'k6/execution';
import { amountOf, money, post } from './ask.ts';
import { moves } from './books.ts';
import { runId } from './settings.ts';
import type { Wallets } from './wallets.ts';

/** A payment, of the next payer and payee: each payer meets each payee. */
export function payOne({ payers, payees }: Wallets): void {
  const n = scenario.iterationInTest;
  const minor = amountOf(n);
  const payment = {
    senderWalletId: payers[n % payers.length],
    receiverWalletId: payees[(n + Math.floor(n / payers.length)) % payees.length],
    ...money(minor),
    reference: `sla ${runId}`,
  };
  moves(minor, () => post('/api/payments', payment, `sla-${runId}-${n}`, 'payment'));
}
