import type { Logger } from 'pino';
import type { ApiTokens } from './api-tokens.js';

/** A withdrawn token is refused everywhere within this time: who has no newer news lets no minted token in. */
export const revokedWithinMs = 5_000;
const readEveryMs = 1_000;

export type TokenState = 'GOOD' | 'REVOKED' | 'UNKNOWN';

/** Which minted tokens are withdrawn, as the database said lately. */
export class Revocations {
  #revoked: ReadonlySet<string> = new Set();
  #readAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #failing = false;

  constructor(
    private readonly tokens: Pick<ApiTokens, 'revoked'>,
    private readonly log: Pick<Logger, 'warn' | 'info'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** UNKNOWN: the database did not answer for so long that it may have been withdrawn. */
  stateOf(tokenId: string): TokenState {
    if (this.now() - this.#readAt > revokedWithinMs) return 'UNKNOWN';
    return this.#revoked.has(tokenId) ? 'REVOKED' : 'GOOD';
  }

  /** Reads them now, and from now on. Never rejects. */
  async follow(): Promise<void> {
    await this.read();
    if (!this.#stopped) this.#timer = setTimeout(() => void this.follow(), readEveryMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** What is read is as new as the moment at which it was asked for. */
  async read(): Promise<void> {
    const askedAt = this.now();
    try {
      this.#revoked = new Set(await this.tokens.revoked());
      this.#readAt = askedAt;
      if (this.#failing) this.log.info('withdrawn tokens are read again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.log.warn({ err: error }, 'withdrawn tokens could not be read: is Postgres up?');
      this.#failing = true;
    }
  }
}
