import type { Ending, Movement } from './movement.js';
import type { Verdict, WalletApi } from './wallet-api.js';

/** Requests under way at once, those that wait to be sent again included. */
export const requestsMax = 256;
/** Payments without an answer at once; the last request that is let through may exceed it by its own. */
export const openPaymentsMax = 10_000;
/** An unclear answer is asked for again for this long, with the same key. */
const patienceMs = 60_000;
const retryFirstMs = 100;
const retryMaxMs = 2_000;

export type Calls = Pick<WalletApi, 'move' | 'payTogether'>;

/** What came of the payments sent, since the start. */
export interface CashierCounts {
  succeeded: number;
  /** By a business rule: recorded as FAILED. */
  refused: number;
  /** Times that a payment had to be asked for again: 503, 504, no answer. */
  askedAgain: number;
  /** Never answered clearly. */
  gaveUp: number;
  /** Refused in a way that asking again does not help. */
  faults: number;
}

/**
 * Sends money on its way as a careful caller does: when an answer leaves open whether it was done, it asks again with the
 * same key until it knows. A bounded number at a time; whoever sends more is told so, and the rest is not sent.
 */
export class Cashier {
  readonly counts: CashierCounts = { succeeded: 0, refused: 0, askedAgain: 0, gaveUp: 0, faults: 0 };
  open = 0;
  #requests = 0;
  #stopped = false;

  constructor(
    private readonly api: Calls,
    private readonly ended: (movement: Movement, ending: Ending, id?: string) => void,
    private readonly onFault: (detail: string, movement: Movement) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get isFull(): boolean {
    return this.#requests >= requestsMax || this.open >= openPaymentsMax;
  }

  /** Payments together in one request, everything else alone. False: too many are open, nothing was sent. */
  send(movements: readonly Movement[]): boolean {
    if (this.isFull || this.#stopped) return false;
    this.#requests += 1;
    this.open += countOf(movements);
    void this.#deliver(movements).finally(() => {
      this.#requests -= 1;
    });
    return true;
  }

  /** Waits for the answers under way, this long at most; what has none then is left to itself. */
  async stop(withinMs: number): Promise<void> {
    this.#stopped = true;
    const until = this.now() + withinMs;
    while (this.#requests > 0 && this.now() < until) await sleep(20);
  }

  async #deliver(movements: readonly Movement[]): Promise<void> {
    const until = this.now() + patienceMs;
    let open = movements;
    for (let attempt = 0; open.length > 0; attempt += 1) {
      const verdicts = await this.#ask(open);
      const again: Movement[] = [];
      let afterMs = 0;
      for (const [i, movement] of open.entries()) {
        // An answer that leaves some out says nothing of them.
        const verdict: Verdict = verdicts[i] ?? { kind: 'AGAIN', afterMs: 0, code: 'NO_ANSWER' };
        if (verdict.kind === 'AGAIN') {
          again.push(movement);
          afterMs = Math.max(afterMs, verdict.afterMs);
        } else this.#end(movement, verdict);
      }
      open = again;
      if (open.length === 0 || this.#stopped) return;
      if (this.now() > until) return this.#giveUp(open);
      this.counts.askedAgain += countOf(open);
      const backoffMs = Math.min(retryFirstMs * 2 ** attempt, retryMaxMs) * (0.5 + Math.random() / 2);
      await sleep(Math.max(backoffMs, afterMs));
    }
  }

  async #ask(movements: readonly Movement[]): Promise<Verdict[]> {
    const [only] = movements;
    return movements.length === 1 && only ? [await this.api.move(only)] : this.api.payTogether(movements);
  }

  #end(movement: Movement, verdict: Exclude<Verdict, { kind: 'AGAIN' }>): void {
    const { count } = movement;
    this.open -= count;
    if (verdict.kind === 'SUCCESS') this.counts.succeeded += count;
    else if (verdict.kind === 'REFUSED') this.counts.refused += count;
    else {
      this.counts.faults += count;
      this.onFault(verdict.detail, movement);
    }
    if (verdict.kind === 'SUCCESS') this.ended(movement, 'SUCCESS', verdict.id);
    else this.ended(movement, 'REFUSED');
  }

  #giveUp(movements: readonly Movement[]): void {
    this.open -= countOf(movements);
    this.counts.gaveUp += countOf(movements);
    for (const movement of movements) this.ended(movement, 'UNKNOWN');
  }
}

function countOf(movements: readonly Movement[]): number {
  return movements.reduce((sum, { count }) => sum + count, 0);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
