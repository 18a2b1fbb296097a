import type { Answer } from './call/attempt.js';
import type { CallSettings } from './call/call-settings.js';
import { Deadline } from './call/deadline.js';
import { type Delivery, type DeliveryRules, deliver } from './call/delivery.js';
import { judge } from './call/judge.js';
import { sealed } from './call/sealed-request.js';
import type { CallOptions } from './client-options.js';
import type { Transaction } from './generated/types.gen.js';
import { type Outcome, outcomeOf } from './outcome.js';
import type { Problem } from './problem.js';
import type { BatchPayment } from './requests.js';
import { WalletFault } from './wallet-fault.js';

const path = '/api/payments/batch';

export interface BatchOptions extends CallOptions {
  /** Told of each payment once, with its place among them, while others may still be open. Not when it throws. */
  readonly onOutcome?: ((outcome: Outcome<Transaction>, place: number) => void) | undefined;
}

/**
 * Payments in one request, each on its own: some may be done and others refused. What has no answer that helps is asked for
 * again with its key, the rest is left alone. One outcome for each, in order; `onOutcome` is told of each as soon as it is known.
 * @throws WalletFault when the request as a whole is at fault, and nothing of it was done.
 */
export async function payEach(
  payments: readonly BatchPayment[],
  options: BatchOptions,
  settings: CallSettings,
): Promise<Outcome<Transaction>[]> {
  const deadline = new Deadline(options.deadlineMs ?? settings.deadlineMs, options.signal);
  const items = payments.map(newItem);
  const onAskAgain = options.onAskAgain ?? settings.onAskAgain;
  let attemptsLeft = options.attemptsMax ?? settings.attemptsMax;
  for (let open = items, round = 1; open.length > 0; round += 1) {
    const delivery = await sendTogether(open, { deadline, attemptsMax: attemptsLeft, onAskAgain }, settings);
    attemptsLeft -= delivery.attempts;
    const answers = answersIn(delivery);
    for (const [i, item] of open.entries()) take(item, delivery, answers?.[i] ?? null);
    for (const item of open) if (item.ended && item.hasOwnAnswer) tell(item, options);
    open = items.filter(({ ended }) => !ended);
    if (open.length === 0) break;
    const waitMs = Math.max(...open.map(({ afterMs }) => afterMs)) + settings.pauseMs(round);
    const reason = open[0]?.reason ?? '';
    if (attemptsLeft > 0) onAskAgain({ method: 'POST', path, count: open.length, attempt: round, reason, waitMs });
    if (attemptsLeft <= 0 || !(await deadline.wait(waitMs))) {
      for (const item of open)
        item.delivery = { ...item.delivery, endedBy: attemptsLeft > 0 ? 'DEADLINE' : 'ATTEMPTS' };
      break;
    }
  }
  const faults = items.map(({ hasOwnAnswer, delivery, key }) => (hasOwnAnswer ? null : faultIn(delivery, key)));
  if (faults.length > 0 && faults.every((fault) => fault !== null)) throw faults[0];
  return items.map((item) => tell(item, options));
}

interface Item {
  readonly payment: BatchPayment;
  readonly key: string;
  readonly place: number;
  outcome: Outcome<Transaction> | null;
  /** Else what was said of the request as a whole is said of it. */
  hasOwnAnswer: boolean;
  /** As if it had been sent alone. */
  delivery: Delivery;
  ended: boolean;
  afterMs: number;
  reason: string;
}

function newItem(payment: BatchPayment, place: number): Item {
  const delivery: Delivery = {
    endedBy: 'ATTEMPTS',
    last: null,
    stream: null,
    mayBeDone: false,
    attempts: 0,
    cause: undefined,
  };
  const key = payment.idempotencyKey ?? crypto.randomUUID();
  const known = { delivery, ended: false, outcome: null, hasOwnAnswer: false, afterMs: 0, reason: '' };
  return { payment: { ...payment, idempotencyKey: key }, key, place, ...known };
}

function sendTogether(
  open: Item[],
  limits: Pick<DeliveryRules, 'deadline' | 'attemptsMax' | 'onAskAgain'>,
  settings: CallSettings,
) {
  const body = { payments: open.map(({ payment }) => payment) };
  const request = sealed({ method: 'POST', path, body, keysInBody: true, count: open.length });
  const reads = ({ body }: Answer) => Array.isArray(body?.results) && body.results.length === open.length;
  return deliver(request, { ...limits, reads }, settings);
}

interface Result {
  readonly status: number;
  readonly transaction?: Transaction;
  readonly problem?: Problem;
  readonly replayed?: true;
}

/** What each payment alone would have been answered; null: the request as a whole has another answer, or none. */
function answersIn({ endedBy, last }: Delivery): Answer[] | null {
  if (endedBy !== 'ANSWER' || last?.status !== 200) return null;
  return (last.body as unknown as { results: Result[] }).results.map(({ status, transaction, problem, replayed }) => {
    const headers = new Headers(last.headers);
    if (replayed) headers.set('idempotency-replayed', 'true');
    return { status, headers, body: (transaction ?? problem ?? null) as Answer['body'], text: '' };
  });
}

/** @param answer null: what is known of the request as a whole is known of it. */
function take(item: Item, delivery: Delivery, answer: Answer | null): void {
  const mayBeDone = item.delivery.mayBeDone || delivery.mayBeDone;
  item.hasOwnAnswer = answer !== null;
  if (answer === null) {
    item.delivery = { ...delivery, mayBeDone };
    item.ended = true;
    return;
  }
  const verdict = judge({ kind: 'ANSWER', answer }, ({ body }) => typeof body?.transactionId === 'string');
  const isAgain = verdict.kind === 'AGAIN';
  item.delivery = { ...delivery, last: answer, mayBeDone: mayBeDone || (isAgain && verdict.mayBeDone) };
  item.ended = !isAgain;
  if (isAgain) [item.afterMs, item.reason] = [verdict.afterMs, verdict.reason];
}

/** Once. A fault is told as a value: thrown, it would hide what became of the others. */
function tell(item: Item, { onOutcome }: BatchOptions): Outcome<Transaction> {
  if (item.outcome) return item.outcome;
  const { delivery, key, hasOwnAnswer, place } = item;
  const fault = faultIn(delivery, key);
  if (fault === null) item.outcome = outcomeOf<Transaction>(delivery, key);
  else if (hasOwnAnswer && fault.problem) {
    item.outcome = { kind: 'REFUSED', key, problem: fault.problem, replayed: false };
  } else item.outcome = { kind: 'NOT_DONE', key, problem: fault.problem, cause: fault };
  onOutcome?.(item.outcome, place);
  return item.outcome;
}

function faultIn(delivery: Delivery, key: string): WalletFault | null {
  try {
    outcomeOf(delivery, key);
    return null;
  } catch (error) {
    if (error instanceof WalletFault) return error;
    throw error;
  }
}
