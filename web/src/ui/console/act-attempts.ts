import type { Outcome } from '@smart-wallet/client';

/** What was typed, by the names of the fields. */
export type Typed = Readonly<Record<string, string>>;

export interface ActAsk {
  readonly typed: Typed;
  /** The same for every try of one act. */
  readonly key: string;
}

export type ActStep<Made> =
  /** `fault`: why nothing was done; `BUSY`: the platform was too busy or out of reach. */
  | { readonly kind: 'TYPING'; readonly fault: unknown }
  | { readonly kind: 'ASKING' }
  /** `fault`: why a later try was not told; null: nobody answered it either. */
  | { readonly kind: 'UNSURE'; readonly key: string; readonly fault: unknown }
  | { readonly kind: 'TOLD'; readonly outcome: Outcome<Made> };

/*
 * A dangerous act: asked for once, told as it ended.
 *
 *   TYPING ──press──► ASKING ──DONE, PENDING, REFUSED──► TOLD
 *     ▲                │  ▲
 *     └──nothing done──┤  └──asked again: the same content, the same key
 *                      └──nobody knows──► UNSURE
 *
 * Once one try may have been done, only an answer that speaks of the key ends it: that a later try was not sent, or was
 * refused at the door, says nothing of the first. A new key is made only for another content, and only while nothing of the
 * old one can have been done. What has no key is told by whatever answer it gets: there is none that says more.
 */
export class ActAttempts<Made> {
  #step: ActStep<Made> = { kind: 'TYPING', fault: null };
  #key: string;
  #sent: Typed | null = null;
  #isUnsure = false;

  constructor(
    private readonly newKey: () => string,
    private readonly onStep: (step: ActStep<Made>) => void,
    private readonly isKeyed: boolean,
  ) {
    this.#key = newKey();
  }

  /** A press while one is under way is no second one. */
  async press(typed: Typed, ask: (ask: ActAsk) => Promise<Outcome<Made>>): Promise<void> {
    if (this.#step.kind !== 'TYPING') return;
    if (this.#sent !== null && !isSame(this.#sent, typed)) this.#key = this.newKey();
    this.#sent = typed;
    await this.#ask(ask);
  }

  /** What became of what nobody knew. */
  async askAgain(ask: (ask: ActAsk) => Promise<Outcome<Made>>): Promise<void> {
    if (this.#step.kind === 'UNSURE') await this.#ask(ask);
  }

  async #ask(ask: (ask: ActAsk) => Promise<Outcome<Made>>): Promise<void> {
    this.#become({ kind: 'ASKING' });
    try {
      const outcome = await ask({ typed: this.#sent as Typed, key: this.#key });
      if (outcome.kind === 'UNKNOWN') {
        this.#isUnsure = true;
        this.#notTold(null);
      } else if (this.#isUnsure && this.isKeyed ? speaksOfTheKey(outcome) : outcome.kind !== 'NOT_DONE')
        this.#become({ kind: 'TOLD', outcome });
      else this.#notTold('BUSY');
    } catch (fault) {
      this.#notTold(fault);
    }
  }

  #notTold(fault: unknown): void {
    this.#become(this.#isUnsure ? { kind: 'UNSURE', key: this.#key, fault } : { kind: 'TYPING', fault });
  }

  #become(step: ActStep<Made>): void {
    this.#step = step;
    this.onStep(step);
  }
}

function speaksOfTheKey<Made>(outcome: Outcome<Made>): boolean {
  if (outcome.kind === 'DONE' || outcome.kind === 'PENDING') return true;
  return outcome.kind === 'REFUSED' && (outcome.replayed || outcome.problem.transactionId !== undefined);
}

function isSame(one: Typed, other: Typed): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
