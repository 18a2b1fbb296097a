import type { RetryNotice } from '@smart-wallet/client';
import type { Ending, Movement } from './movement.js';
import type { Verdict, WalletApi } from './wallet-api.js';

/** Requests under way at once, those that wait to be sent again included. */
export const requestsMax = 256;
/** Payments without an answer at once; the last request that is let through may exceed it by its own. */
export const openPaymentsMax = 10_000;
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
 * Sends money on its way, and tells what became of it. A bounded number at a time; whoever sends more is told so, and the
 * rest is not sent.
 */
export class Cashier {
  readonly counts: CashierCounts = { succeeded: 0, refused: 0, askedAgain: 0, gaveUp: 0, faults: 0 };
  open = 0;
  #requests = 0;
  #stopped = false;
  /** Ends what is still asked for. */
  readonly #end = new AbortController();

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

  /** Waits for the answers under way, this long at most; what has none then is asked for no more, and left to itself. */
  async stop(withinMs: number): Promise<void> {
    this.#stopped = true;
    const until = this.now() + withinMs;
    while (this.#requests > 0 && this.now() < until) await sleep(20);
    this.#end.abort();
  }

  async #deliver(movements: readonly Movement[]): Promise<void> {
    const [only] = movements;
    const isAlone = movements.length === 1 && only !== undefined;
    const options = {
      signal: this.#end.signal,
      onAskAgain: ({ count }: RetryNotice) => {
        this.counts.askedAgain += isAlone ? only.count : count;
      },
    };
    const told = (verdict: Verdict, place: number) => {
      const movement = movements[place] as Movement;
      if (verdict.kind !== 'UNKNOWN') this.#settle(movement, verdict);
      else if (!this.#end.signal.aborted) this.#giveUp(movement);
    };
    if (isAlone) told(await this.api.move(only, options), 0);
    else await this.api.payTogether(movements, options, told);
  }

  #settle(movement: Movement, verdict: Exclude<Verdict, { kind: 'UNKNOWN' }>): void {
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

  #giveUp(movement: Movement): void {
    this.open -= movement.count;
    this.counts.gaveUp += movement.count;
    this.ended(movement, 'UNKNOWN');
  }
}

function countOf(movements: readonly Movement[]): number {
  return movements.reduce((sum, { count }) => sum + count, 0);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
