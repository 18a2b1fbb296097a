import type { CachedAnswer } from '@smart-wallet/engine/contract/commands.js';
import { isRecordedTransaction } from '@smart-wallet/engine/contract/result-shape.js';
import { idempotencyCacheKey } from '@smart-wallet/engine/contract/subjects.js';

/** What the cache needs of Redis. */
export interface AnswerStore {
  mget(keys: string[]): Promise<(string | null)[]>;
}

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
 * Answers already given, as the engine wrote them to Redis after their commit. All lookups of a tick travel in one MGET.
 * While Redis is slow or away, lookups answer null at once and the engine finds the key in Postgres.
 */
export class AnswerCache {
  readonly figures: AnswerCacheFigures = { hits: 0, misses: 0, skipped: 0 };
  readonly #store: AnswerStore;
  readonly #namespace: string;
  readonly #now: () => number;
  #keys: string[] = [];
  #found: Found[] = [];
  #openUntilMs = 0;
  /** After the circuit was open, one MGET goes ahead to try Redis. */
  #probing = false;

  constructor(store: AnswerStore, namespace: string, now: () => number) {
    this.#store = store;
    this.#namespace = namespace;
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
    if (this.#keys.push(idempotencyCacheKey(this.#namespace, keyDigest)) === 1) setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    const keys = this.#keys;
    const found = this.#found;
    this.#keys = [];
    this.#found = [];
    this.#probing = this.#openUntilMs !== 0;
    let answered = false;
    const answer = (texts: (string | null)[] | null): void => {
      if (answered) return;
      answered = true;
      clearTimeout(timer);
      this.#probing = false;
      this.#openUntilMs = texts ? 0 : this.#now() + circuitOpenMs;
      for (let i = 0; i < found.length; i++) (found[i] as Found)(this.#read(texts, i));
    };
    const timer = setTimeout(answer, lookupTimeoutMs, null);
    this.#store.mget(keys).then(answer, () => answer(null));
  };

  #read(texts: (string | null)[] | null, index: number): CachedAnswer | null {
    if (!texts) {
      this.figures.skipped++;
      return null;
    }
    const text = texts[index];
    const cached = text ? parseCached(text) : null;
    if (cached) this.figures.hits++;
    else this.figures.misses++;
    return cached;
  }
}

function parseCached(text: string): CachedAnswer | null {
  try {
    const value = JSON.parse(text) as Partial<CachedAnswer> | null;
    const readable = typeof value?.requestHash === 'string' && isRecordedTransaction(value.transaction);
    return readable ? (value as CachedAnswer) : null;
  } catch {
    return null;
  }
}
