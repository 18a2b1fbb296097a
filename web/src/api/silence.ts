/** A proxy in front that says so by itself counts as no answer of the platform's. */
const awayStatuses = [502, 503, 504];

interface Question {
  atMs: number;
}

/**
 * Since when nobody has answered what was asked. Whoever asks is patient and asks again by itself; those who look at what
 * was read before must know meanwhile that it may be old.
 */
export class Silence {
  readonly #ask: typeof fetch;
  readonly #nowMs: () => number;
  readonly #open = new Set<Question>();
  #lostAtMs: number | null = null;

  constructor(ask: typeof fetch = (...asked) => fetch(...asked), nowMs: () => number = Date.now) {
    this.#ask = ask;
    this.#nowMs = nowMs;
  }

  /** Null: the last question was answered, or there is none. */
  get sinceMs(): number | null {
    const all = [...this.#open].map(({ atMs }) => atMs);
    if (this.#lostAtMs !== null) all.push(this.#lostAtMs);
    return all.length === 0 ? null : Math.min(...all);
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const question: Question = { atMs: this.#nowMs() };
    this.#open.add(question);
    try {
      const answer = await this.#ask(input, init);
      if (awayStatuses.includes(answer.status)) this.#lost(question);
      else this.#heard();
      return answer;
    } catch (fault) {
      // Who leaves a page takes back what it asked.
      const isTakenBack = init?.signal?.aborted === true && this.#nowMs() - question.atMs < silentAfterMs;
      if (!isTakenBack) this.#lost(question);
      throw fault;
    } finally {
      this.#open.delete(question);
    }
  };

  /** What else is open waits for a platform that answers. */
  #heard(): void {
    this.#lostAtMs = null;
    for (const question of this.#open) question.atMs = this.#nowMs();
  }

  #lost({ atMs }: Question): void {
    this.#lostAtMs ??= atMs;
  }
}

/** Shorter is no outage: a gateway that is restarted, a page that takes its time. */
export const silentAfterMs = 5_000;
