import { GatheringRule } from './gathering-rule.js';

/** So many payments fill a message well enough: they wait for no others. */
export const gatheredPaymentsMax = 100;

interface GatheredOptions<T> {
  /** Monotonic milliseconds. */
  now: () => number;
  /** How many of what was added are not done with yet, wherever they are. */
  open: () => number;
  leave: (items: T[]) => void;
}

/**
 * What leaves together: what one turn of the event loop brings and, in company, what a millisecond or two do (see `GatheringRule`).
 * Node's timers are no finer than a millisecond: a wait of less is none.
 */
export class Gathered<T> {
  readonly #rule = new GatheringRule();
  readonly #options: GatheredOptions<T>;
  #items: T[] = [];
  #payments = 0;
  #sinceMs = 0;
  #looking = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: GatheredOptions<T>) {
    this.#options = options;
  }

  /** @param payments how many it holds */
  add(item: T, payments: number): void {
    const now = this.#options.now();
    this.#rule.arrived(now, this.#options.open());
    if (this.#items.push(item) === 1) this.#sinceMs = now;
    this.#payments += payments;
    if (this.#looking) return;
    this.#looking = true;
    setImmediate(this.#look);
  }

  readonly #look = (): void => {
    this.#looking = false;
    if (this.#items.length === 0) return;
    if (this.#waitMs() < 1) this.#leave();
    else this.#timer ??= setTimeout(this.#timeOver, 1);
  };

  readonly #timeOver = (): void => {
    this.#timer = undefined;
    this.#look();
  };

  #waitMs(): number {
    if (this.#payments >= gatheredPaymentsMax) return 0;
    return this.#rule.waitMs(this.#options.now(), this.#sinceMs, this.#options.open());
  }

  #leave(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const items = this.#items;
    this.#items = [];
    this.#payments = 0;
    this.#options.leave(items);
  }
}
