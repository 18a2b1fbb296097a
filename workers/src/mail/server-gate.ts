import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { adviceOn } from './server-advice.js';
import { errorText } from './smtp-failure.js';

const probeEveryMs = { first: 500, max: 10_000 } as const;

/**
 * Closed while the mail server is away, and opened by a probe that costs no mail: so that none is tried in vain, and none is blamed for
 * what is the server's. When it is back the mails go on as they would have, a few at a time.
 */
export class ServerGate {
  #isOpen = true;
  #stopped = false;
  readonly #stopping = new AbortController();
  readonly #waiting = new Set<(isOpen: boolean) => void>();

  constructor(
    /** Null: it works. */
    private readonly trouble: () => Promise<unknown>,
    private readonly log: Logger,
  ) {}

  get isOpen(): boolean {
    return this.#isOpen && !this.#stopped;
  }

  /** After a failure that may be the server's. True: the server is there, so the failure was the mail's. */
  async isServerThere(): Promise<boolean> {
    if (!this.#isOpen) return false;
    const trouble = await this.trouble();
    if (trouble === null) return true;
    this.#close(trouble);
    return false;
  }

  /** True once it is open; false after `waitMs`, or when this stops. */
  async open(waitMs: number): Promise<boolean> {
    if (this.#isOpen || this.#stopped) return this.isOpen;
    return new Promise((resolve) => {
      const settle = (isOpen: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        resolve(isOpen);
      };
      const timer = setTimeout(() => settle(false), waitMs);
      this.#waiting.add(settle);
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#stopping.abort();
    for (const settle of [...this.#waiting]) settle(false);
  }

  #close(trouble: unknown): void {
    if (!this.#isOpen || this.#stopped) return;
    this.#isOpen = false;
    const why = errorText(trouble);
    this.log.warn({ why }, `the mail server cannot be used, mails wait: ${adviceOn(trouble)}`);
    void this.#untilBack();
  }

  async #untilBack(): Promise<void> {
    for (let waitMs: number = probeEveryMs.first; !this.#stopped; waitMs = Math.min(probeEveryMs.max, waitMs * 2)) {
      await sleep(waitMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
      if (this.#stopped || (await this.trouble()) !== null) continue;
      this.#isOpen = true;
      this.log.info('the mail server is back');
      for (const settle of [...this.#waiting]) settle(true);
      return;
    }
  }
}
