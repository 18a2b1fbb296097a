import { setTimeout as sleep } from 'node:timers/promises';

/** Sends a request under a key of its own; throws where the status is not the one that is expected. */
export type Ask = (method: string, path: string, body: unknown, status: number) => Promise<Record<string, string>>;

const currency = 'EUR';

/**
 * Transactions of every kind among wallets, and a refusal of most: what they leave is found in every list. Each step is one that
 * always goes the same way, whatever else the wallets do, as long as they have money.
 */
export async function everyKind(ask: Ask, wallets: readonly string[], turn: number): Promise<void> {
  const [payer, receiver] = [wallets[turn % wallets.length], wallets[(turn + 1) % wallets.length]] as [string, string];
  const make = (path: string, body: unknown) => ask('POST', path, body, 201);
  const refuse = (path: string, body: unknown) => ask('POST', path, body, 422);
  const reference = `round ${turn % 3}`;

  const { holdId } = await make('/api/holds', {
    ...{ walletId: payer, receiverWalletId: receiver, amount: '9.00', currency, reference },
    // Ends by itself when nobody ends it below.
    expiresAt: new Date(Date.now() + (turn % 3 === 2 ? 2_000 : 86_400_000)).toISOString(),
  });
  await refuse(`/api/holds/${holdId}/capture`, { amount: '9.01' });
  const { transactionId: capture } = await make(`/api/holds/${holdId}/capture`, { amount: '2.00' });
  if (turn % 3 === 0) await make(`/api/holds/${holdId}/capture`, { amount: '3.00', final: true });
  if (turn % 3 === 1) await make(`/api/holds/${holdId}/void`, {});

  const payment = { senderWalletId: payer, receiverWalletId: receiver, amount: '5.00', currency, reference };
  const { transactionId: paid } = await make('/api/payments', payment);
  await make(`/api/payments/${paid}/refunds`, { amount: '2.00', reason: 'one of two' });
  await refuse(`/api/payments/${paid}/refunds`, { amount: '3.01' });
  await make(`/api/transactions/${capture}/reversal`, { reason: 'by mistake' });

  await make(`/api/wallets/${payer}/deposits`, { amount: '4.00', currency, reference });
  const { transactionId: taken } = await make(`/api/wallets/${payer}/withdrawals`, { amount: '4.00', currency });
  await make(`/api/transactions/${taken}/reversal`, { reason: 'by mistake' });
  await refuse(`/api/transactions/${taken}/reversal`, { reason: 'again' });
  await ask('PUT', `/api/wallets/${payer}/limits`, { dailyOut: `${900_000_000 + turn}`, perPayment: '900000000' }, 200);
}

/** Round after round until it is stopped. */
export function keepMovingEveryWay(ask: Ask, wallets: readonly string[], pauseMs: number): { stop(): Promise<number> } {
  let running = true;
  let rounds = 0;
  const going = (async () => {
    for (; running; rounds++) {
      await everyKind(ask, wallets, rounds);
      await sleep(pauseMs);
    }
  })();
  going.catch(() => {});
  return {
    async stop() {
      running = false;
      await going;
      return rounds;
    },
  };
}
