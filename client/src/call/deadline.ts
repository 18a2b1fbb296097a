/** Until when a caller wants an answer: its own signal, and a number of milliseconds from now on. */
export class Deadline {
  readonly #endsAtMs: number;
  readonly #signal: AbortSignal | undefined;

  constructor(ms: number, signal?: AbortSignal) {
    this.#endsAtMs = performance.now() + ms;
    this.#signal = signal;
  }

  /** null: there is still time. */
  get over(): 'ABORTED' | 'DEADLINE' | null {
    if (this.#signal?.aborted) return 'ABORTED';
    return performance.now() >= this.#endsAtMs ? 'DEADLINE' : null;
  }

  get leftMs(): number {
    return Math.max(this.#endsAtMs - performance.now(), 0);
  }

  /** Waits; false: there is no time for it, or there is none any more. What would be waited for in vain is not begun. */
  async wait(ms: number): Promise<boolean> {
    if (this.over !== null || ms >= this.leftMs) return false;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#signal?.addEventListener('abort', end);
    });
    return this.over === null;
  }

  /** A signal for one attempt, which has so long at most. `release` must be called when the attempt is over. */
  attempt(ms: number): { signal: AbortSignal; release: () => void } {
    const controller = new AbortController();
    const end = () => controller.abort();
    const timer = setTimeout(end, Math.min(ms, this.leftMs));
    if (this.#signal?.aborted) end();
    this.#signal?.addEventListener('abort', end);
    const release = () => {
      clearTimeout(timer);
      this.#signal?.removeEventListener('abort', end);
    };
    return { signal: controller.signal, release };
  }
}
