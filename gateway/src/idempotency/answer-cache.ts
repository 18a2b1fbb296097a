import type { CachedAnswer } from '@smart-wallet/engine/contract/cached-answer.js';
import type { AnswerStore } from './answer-store.js';

/** A lookup that takes longer is skipped: Postgres has the truth. */
export const lookupTimeoutMs = 50;
/** After a failure nobody waits for Redis this long. */
export const circuitOpenMs = 500;

export interface AnswerCacheFigures {
  hits: number;
  misses: number;
  skipped: number;
}

type Found = (answers: readonly (CachedAnswer | null)[]) => void;

/**
 * Answers already given, as the engine wrote them to Redis after their commit. While Redis is slow or away, nothing is found
 * at once and the engine finds the key in Postgres.
 */
export class AnswerCache {
  readonly figures: AnswerCacheFigures = { hits: 0, misses: 0, skipped: 0 };
  readonly #store: AnswerStore;
  readonly #now: () => number;
  #openUntilMs = 0;
  /** After the circuit was open, one lookup tries Redis. */
  #probing = false;

  constructor(store: AnswerStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** `found` may run before this returns. It gets one answer for each digest, in order, or none at all. */
  find(keyDigests: readonly string[], found: Found): void {
    if (this.#openUntilMs !== 0) {
      this.figures.skipped += keyDigests.length;
      found([]);
      if (!this.#probing && this.#now() >= this.#openUntilMs) this.#probe(keyDigests);
      return;
    }
    this.#ask(keyDigests, (answers) => {
      this.#count(answers, keyDigests.length);
      found(answers ?? []);
    });
  }

  /** Nobody waits for it: a Redis that hangs would cost a payment the whole time-out each time. */
  #probe(keyDigests: readonly string[]): void {
    this.#probing = true;
    this.#ask(keyDigests, () => {
      this.#probing = false;
    });
  }

  #ask(keyDigests: readonly string[], told: (answers: readonly (CachedAnswer | null)[] | null) => void): void {
    let answered = false;
    const answer = (answers: readonly (CachedAnswer | null)[] | null): void => {
      if (answered) return;
      answered = true;
      clearTimeout(timer);
      this.#openUntilMs = answers ? 0 : this.#now() + circuitOpenMs;
      told(answers);
    };
    const timer = setTimeout(answer, lookupTimeoutMs, null);
    this.#store.find(keyDigests).then(answer, () => answer(null));
  }

  #count(answers: readonly (CachedAnswer | null)[] | null, asked: number): void {
    if (!answers) {
      this.figures.skipped += asked;
      return;
    }
    let hits = 0;
    for (const answer of answers) if (answer) hits++;
    this.figures.hits += hits;
    this.figures.misses += asked - hits;
  }
}
