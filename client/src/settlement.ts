import type { CallSettings } from './call/call-settings.js';
import { Deadline } from './call/deadline.js';
import { deliver, undelivered } from './call/delivery.js';
import { answeredAtMs } from './call/retry-after.js';
import type { CallOptions } from './client-options.js';
import type { PaymentsByKey, Transaction } from './generated/types.gen.js';
import { faultOf, problemIn } from './outcome.js';
import { reading } from './reads.js';

/**
 * What a key made. `RECORDED`: these transactions, FAILED ones too: look at their `status`. `NEVER`: nothing, and nothing
 * that was sent with it before will be. `OPEN`: nothing yet; before `finalAfter` that says little. `ARCHIVED`: it was
 * decided so long ago that the ledger no longer has it.
 */
export type Settlement =
  | { readonly kind: 'RECORDED'; readonly transactions: readonly [Transaction, ...Transaction[]] }
  | { readonly kind: 'NEVER' }
  | { readonly kind: 'OPEN'; readonly finalAfter: string }
  | { readonly kind: 'ARCHIVED' };

/**
 * Asks what a key made, and when that is nothing, once more after the time from when on nothing can come of what was sent
 * before. How long that is tells the answer itself (`finalAfter` less its `Date`): this machine's clock does not count.
 * @throws WalletFault when nobody answers in time.
 */
export async function settle(key: string, options: CallOptions, settings: CallSettings): Promise<Settlement> {
  const deadline = new Deadline(options.deadlineMs ?? settings.deadlineMs, options.signal);
  const first = await ask(key, deadline, options, settings);
  if (first.kind !== 'NOTHING') return first;
  if (!(await deadline.wait(first.leftMs))) return { kind: 'OPEN', finalAfter: first.finalAfter };
  const second = await ask(key, deadline, options, settings);
  return second.kind === 'NOTHING' ? { kind: 'NEVER' } : second;
}

type Found = Settlement | { readonly kind: 'NOTHING'; readonly finalAfter: string; readonly leftMs: number };

async function ask(key: string, deadline: Deadline, options: CallOptions, settings: CallSettings): Promise<Found> {
  const request = reading('/api/payments', { idempotencyKey: key });
  const { attemptsMax = settings.attemptsMax, onAskAgain } = options;
  const rules = { deadline, attemptsMax, onAskAgain, reads: ({ body }: { body: object | null }) => isReadable(body) };
  const delivery = await deliver(request, rules, settings);
  const { endedBy, last } = delivery;
  if (endedBy !== 'ANSWER' || last === null) throw undelivered(delivery);
  if (problemIn(last)?.code === 'ANSWER_ARCHIVED') return { kind: 'ARCHIVED' };
  if (last.status !== 200) throw faultOf(last);
  const { items, finalAfter = '' } = last.body as unknown as PaymentsByKey;
  const [one, ...more] = items;
  if (one) return { kind: 'RECORDED', transactions: [one, ...more] };
  return { kind: 'NOTHING', finalAfter, leftMs: Math.max(Date.parse(finalAfter) - answeredAtMs(last.headers), 0) };
}

/** Nothing, without the time from when on that is final, would be taken for more than it is. */
function isReadable(body: object | null): boolean {
  const { items, finalAfter } = (body ?? {}) as Partial<PaymentsByKey>;
  if (!Array.isArray(items)) return false;
  return items.length > 0 || !Number.isNaN(Date.parse(finalAfter ?? ''));
}
