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

type Found = (answer: CachedAnswer | null) => void;

/**
 * Answers already given, as the engine wrote them to Redis after their commit. All lookups of a tick travel together.
 * While Redis is slow or away, lookups answer null at once and the engine finds the key in Postgres.
 */
export class AnswerCache {
  readonly figures: AnswerCacheFigures = { hits: 0, misses: 0, skipped: 0 };
  readonly #store: AnswerStore;
  readonly #now: () => number;
  #keyDigests: string[] = [];
  #found: Found[] = [];
  #openUntilMs = 0;
  /** After the circuit was open, one lookup goes ahead to try Redis. */
  #probing = false;

  constructor(store: AnswerStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  lookup(keyDigest: string): Promise<CachedAnswer | null> {
    return new Promise((resolve) => this.start(keyDigest, resolve));
  }

  /** As `lookup`, with a callback, which may run before this returns. */
  start(keyDigest: string, found: Found): void {
    if (this.#openUntilMs !== 0 && (this.#probing || this.#now() < this.#openUntilMs)) {
      this.figures.skipped++;
      found(null);
      return;
    }
    this.#found.push(found);
    if (this.#keyDigests.push(keyDigest) === 1) setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    const keyDigests = this.#keyDigests;
    const found = this.#found;
    this.#keyDigests = [];
    this.#found = [];
    this.#probing = this.#openUntilMs !== 0;
    let answered = false;
    const answer = (answers: (CachedAnswer | null)[] | null): void => {
      if (answered) return;
      answered = true;
      clearTimeout(timer);
      this.#probing = false;
      this.#openUntilMs = answers ? 0 : this.#now() + circuitOpenMs;
      for (let i = 0; i < found.length; i++) (found[i] as Found)(this.#count(answers, i));
    };
    const timer = setTimeout(answer, lookupTimeoutMs, null);
    this.#store.find(keyDigests).then(answer, () => answer(null));
  };

  #count(answers: (CachedAnswer | null)[] | null, index: number): CachedAnswer | null {
    if (!answers) {
      this.figures.skipped++;
      return null;
    }
    const cached = answers[index] ?? null;
    if (cached) this.figures.hits++;
    else this.figures.misses++;
    return cached;
  }
}
