import type { RetryNotice } from '../client-options.js';
import { WalletFault } from '../wallet-fault.js';
import { type Answer, type Attempt, attempt } from './attempt.js';
import type { CallSettings } from './call-settings.js';
import type { Deadline } from './deadline.js';
import { judge } from './judge.js';
import type { SealedRequest } from './sealed-request.js';

/** What came of a request, after all its attempts. */
export interface Delivery {
  /** Why no more was sent. `ANSWER`: it has its answer. `UNREPEATABLE`: it has no key, so it is sent once. */
  readonly endedBy: 'ANSWER' | 'ATTEMPTS' | 'DEADLINE' | 'ABORTED' | 'UNREPEATABLE' | 'TOKEN';
  /** The last one that was read, which is the answer when `endedBy` says so. */
  readonly last: Answer | null;
  readonly stream: Response | null;
  /** Some attempt may have done it, and what the last answer says of the last attempt does not tell. */
  readonly mayBeDone: boolean;
  readonly attempts: number;
  /** Why the last attempt had no answer. */
  readonly cause: unknown;
}

export interface DeliveryRules {
  readonly deadline: Deadline;
  readonly attemptsMax: number;
  /** Whether a good answer is what it should be. */
  readonly reads: (answer: Answer) => boolean;
  readonly streams?: boolean;
  readonly onAskAgain?: ((notice: RetryNotice) => void) | undefined;
}

/**
 * Sends a request until it has an answer, with the same key and the same bytes each time:
 *
 *   sent ──answer──► ANSWER
 *    │ ▲
 *    ▼ │ wait: what `Retry-After` asks, and a random part of a growing pause
 *   asked to come again, or no answer that can be read ──no time, no attempts, no key──► given up, with what is known
 */
export async function deliver(
  request: SealedRequest,
  { deadline, attemptsMax, reads, streams = false, onAskAgain }: DeliveryRules,
  settings: CallSettings,
): Promise<Delivery> {
  const tellAgain = onAskAgain ?? settings.onAskAgain;
  const known: Known = { last: null, stream: null, mayBeDone: false, attempts: 0, cause: undefined };
  let refused: string | null = null;
  let isRefreshed = false;
  for (;;) {
    const over = deadline.over;
    if (over) return { ...known, endedBy: over };
    let token: string | null;
    try {
      token = await settings.token(refused);
    } catch (cause) {
      return { ...known, endedBy: 'TOKEN', cause };
    }
    refused = null;
    const place = settings.gateways.place;
    const rules = { fetch: settings.fetch, timeoutMs: settings.attemptTimeoutMs, streams };
    const tried = await attempt(request, { url: settings.gateways.url(request.path), token, deadline }, rules);
    known.attempts += 1;
    keep(known, tried);
    if (tried.kind === 'LOST') settings.gateways.moveOn(place);

    const verdict = judge(tried, reads);
    if (verdict.kind === 'FINAL') return { ...known, endedBy: 'ANSWER' };
    if (verdict.kind === 'REFRESH_TOKEN') {
      if (isRefreshed || !settings.refreshes || !request.repeatable) return { ...known, endedBy: 'ANSWER' };
      isRefreshed = true;
      refused = token;
      continue;
    }
    known.mayBeDone ||= verdict.mayBeDone;
    if (!request.repeatable) return { ...known, endedBy: 'UNREPEATABLE' };
    if (known.attempts >= attemptsMax) return { ...known, endedBy: 'ATTEMPTS' };
    const waitMs = verdict.afterMs + settings.pauseMs(known.attempts);
    const { method, path, count } = request;
    tellAgain({ method, path, count, attempt: known.attempts, reason: verdict.reason, waitMs });
    if (!(await deadline.wait(waitMs))) return { ...known, endedBy: deadline.over ?? 'DEADLINE' };
  }
}

type Known = { -readonly [name in Exclude<keyof Delivery, 'endedBy'>]: Delivery[name] };

function keep(known: Known, tried: Attempt): void {
  known.cause = tried.kind === 'LOST' ? tried.cause : undefined;
  if (tried.kind === 'ANSWER') known.last = tried.answer;
  if (tried.kind === 'STREAM') known.stream = tried.response;
}

/** Of what has no answer, or not one that helps. */
export function undelivered({ endedBy, attempts, cause, last }: Delivery): WalletFault {
  const words: Record<Delivery['endedBy'], string> = {
    ANSWER: 'the answer is not the platform’s',
    ATTEMPTS: `no answer in ${attempts} attempts`,
    DEADLINE: `no answer in time, after ${attempts} attempts`,
    ABORTED: `given up by the caller, after ${attempts} attempts`,
    UNREPEATABLE: 'no answer, and without a key it is not sent again',
    TOKEN: 'there is no token',
  };
  return new WalletFault(words[endedBy], { cause, status: last?.status ?? null });
}
