import { setTimeout as sleep } from 'node:timers/promises';

export interface RepeatingOptions {
  /** Resolves with the milliseconds before it is done again. */
  readonly work: (signal: AbortSignal) => Promise<number>;
  readonly failed: (error: unknown) => void;
  /** Before it is tried again. */
  readonly retryMs: number;
}

/** Does something again and again until it is stopped, whatever becomes of it. */
export class Repeating {
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly options: RepeatingOptions) {}

  start(): void {
    this.#running = this.#run();
  }

  /** Resolves once what is under way is done. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { work, failed, retryMs } = this.options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      let pauseMs = retryMs;
      try {
        pauseMs = await work(signal);
      } catch (error) {
        failed(error);
      }
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
}
