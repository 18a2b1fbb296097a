import type { Bearer } from '../http/bearer.js';

/** Tokens that were read, so that a payment does not pay for a signature. By the whole token: what differs by a byte is another. */
export class TokenCache {
  readonly #kept = new Map<string, { readonly bearer: Bearer; readonly untilMs: number }>();

  constructor(private readonly max: number) {}

  /** Its time is looked at each time. */
  find(token: string, nowMs: number): Bearer | undefined {
    const kept = this.#kept.get(token);
    if (kept === undefined || kept.untilMs > nowMs) return kept?.bearer;
    this.#kept.delete(token);
    return undefined;
  }

  /** The one that was read first gives way: it is read again when it comes. So is each from `untilMs` on. */
  keep(token: string, bearer: Bearer, untilMs = bearer.endsAtMs): void {
    if (this.#kept.size >= this.max && !this.#kept.has(token))
      this.#kept.delete(this.#kept.keys().next().value as string);
    this.#kept.set(token, { bearer, untilMs: Math.min(untilMs, bearer.endsAtMs) });
  }

  get size(): number {
    return this.#kept.size;
  }
}
