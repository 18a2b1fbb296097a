import type { Bearer } from '../http/bearer.js';

/** Tokens that were read, so that a payment does not pay for a signature. By the whole token: what differs by a byte is another. */
export class TokenCache {
  readonly #bearers = new Map<string, Bearer>();

  constructor(private readonly max: number) {}

  /** Its time is looked at each time. */
  find(token: string, nowMs: number): Bearer | undefined {
    const bearer = this.#bearers.get(token);
    if (bearer === undefined || bearer.endsAtMs > nowMs) return bearer;
    this.#bearers.delete(token);
    return undefined;
  }

  /** The one that was read first gives way: it is read again when it comes. */
  keep(token: string, bearer: Bearer): void {
    if (this.#bearers.size >= this.max) this.#bearers.delete(this.#bearers.keys().next().value as string);
    this.#bearers.set(token, bearer);
  }

  get size(): number {
    return this.#bearers.size;
  }
}
