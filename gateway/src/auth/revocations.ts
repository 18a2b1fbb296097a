import type { Logger } from 'pino';
import type { Bearer } from '../http/bearer.js';

/** What is withdrawn is refused everywhere within this time: who has no newer news lets nothing in that can be. */
export const revokedWithinMs = 5_000;
const readEveryMs = 1_000;

export type TokenState = 'GOOD' | 'REVOKED' | 'UNKNOWN';

/** Which minted tokens are withdrawn, which sessions have ended and who is disabled, as the database said lately. */
export class Revocations {
  #revoked: ReadonlySet<string> = new Set();
  #readAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #failing = false;

  constructor(
    private readonly withdrawnIds: () => Promise<string[]>,
    private readonly log: Pick<Logger, 'warn' | 'info'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** UNKNOWN: the database did not answer for so long that it may have been withdrawn. A program of the provider's never is. */
  stateOf({ tokenId, sessionId, userId }: Pick<Bearer, 'tokenId' | 'sessionId' | 'userId'>): TokenState {
    if (tokenId === undefined && sessionId === undefined && userId === undefined) return 'GOOD';
    if (this.now() - this.#readAt > revokedWithinMs) return 'UNKNOWN';
    return this.#has(tokenId) || this.#has(sessionId) || this.#has(userId) ? 'REVOKED' : 'GOOD';
  }

  #has(id: string | undefined): boolean {
    return id !== undefined && this.#revoked.has(id);
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
      this.#revoked = new Set(await this.withdrawnIds());
      this.#readAt = askedAt;
      if (this.#failing) this.log.info('withdrawn tokens and ended sessions are read again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing)
        this.log.warn({ err: error }, 'withdrawn tokens and ended sessions could not be read: is Postgres up?');
      this.#failing = true;
    }
  }
}
