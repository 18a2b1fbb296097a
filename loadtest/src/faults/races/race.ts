import { setTimeout as sleep } from 'node:timers/promises';
import { createWallets } from '../create-wallets.js';
import type { FaultRun } from '../fault-run.js';
import type { Answer } from '../patient-caller.js';
import type { RandomAsk } from '../random-asks.js';
import { settled } from '../takeover-times.js';

/** Asks of one kind, about one wallet, hold or payment. */
export function asked(kind: RandomAsk['kind'], subject: string, path: string, body: object): RandomAsk {
  return { kind, subject, method: kind === 'LIMITS' ? 'PUT' : 'POST', path, body };
}

export function payment(senderWalletId: string, receiverWalletId: string, amount: string): RandomAsk {
  return asked('PAYMENT', senderWalletId, '/api/payments', {
    senderWalletId,
    receiverWalletId,
    amount,
    currency: 'EUR',
  });
}

export function hold(walletId: string, receiverWalletId: string, amount: string, expiresAtMs?: number): RandomAsk {
  const body = { walletId, receiverWalletId, amount, currency: 'EUR' };
  const expiresAt = expiresAtMs === undefined ? undefined : new Date(expiresAtMs).toISOString();
  return asked('HOLD', walletId, '/api/holds', { ...body, ...(expiresAt && { expiresAt }) });
}

export function capture(holdId: string, amount?: string): RandomAsk {
  return asked('CAPTURE', holdId, `/api/holds/${holdId}/capture`, amount === undefined ? {} : { amount });
}

/** The id that an ask was granted; throws where it was not. */
export async function granted(run: FaultRun, ask: RandomAsk): Promise<string> {
  const { status, body } = await run.traffic.ask(ask);
  if (status !== 201) throw new Error(`${ask.kind} answered ${status}: ${JSON.stringify(body)}`);
  return (body.holdId ?? body.transactionId) as string;
}

/** Two wallets of the races' own, which no traffic touches; the first has this much. */
export async function twoWallets(run: FaultRun, amount: string): Promise<[string, string]> {
  const { gatewayUrl, token } = run.platform;
  return (await Promise.all([
    createWallets(gatewayUrl, token, 1, amount),
    createWallets(gatewayUrl, token, 1, '1.00'),
  ]).then((made) => made.flat())) as [string, string];
}

/** How often each answer was given: `GRANTED`, or the refusal's code. */
export function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of answers) counts[code ?? 'GRANTED'] = (counts[code ?? 'GRANTED'] ?? 0) + 1;
  return counts;
}

/** Kills whoever owns most, as soon as this time has come; resolves when its place is taken and it is back. */
export async function killOwnerAt(run: FaultRun, atMs: number): Promise<void> {
  const owner = await run.mainOwner();
  await sleep(Math.max(0, atMs - Date.now()));
  await owner.kill();
  await owner.start();
  await settled(run);
}
