import type { Answer } from './call/attempt.js';
import type { CallSettings } from './call/call-settings.js';
import { Deadline } from './call/deadline.js';
import { deliver } from './call/delivery.js';
import { type SealedRequest, sealed } from './call/sealed-request.js';
import type { CallOptions, MoneyOptions } from './client-options.js';
import { type Outcome, outcomeOf } from './outcome.js';

/** What is asked for, and the field that every good answer has: what lacks it is no answer. */
export interface MoneyAsk {
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly body: object;
  readonly names: string;
}

/** Asks for something under a key until it is known what became of it, or there is no more time. */
export async function askUnderKey<Made>(
  { names, ...ask }: MoneyAsk,
  { key = crypto.randomUUID(), ...options }: MoneyOptions,
  settings: CallSettings,
): Promise<Outcome<Made>> {
  const request = sealed({ ...ask, key });
  const reads = ({ status, body }: Answer) => typeof body?.[status === 202 ? 'approvalId' : names] !== 'undefined';
  return outcomeOf<Made>(await send(request, reads, options, settings), key);
}

export function send(
  request: SealedRequest,
  reads: (answer: Answer) => boolean,
  options: CallOptions,
  settings: CallSettings,
) {
  const deadline = new Deadline(options.deadlineMs ?? settings.deadlineMs, options.signal);
  const { attemptsMax = settings.attemptsMax, onAskAgain } = options;
  return deliver(request, { deadline, attemptsMax, reads, onAskAgain }, settings);
}
