import { setTimeout as sleep } from 'node:timers/promises';

/** Payments went through this gateway so lately that long reads make way for them. */
export const busyMs = 1_000;
/** Pauses for each millisecond of work: a long read takes half of one backend while nobody pays, and a sixth, shared by all, while somebody does. */
const idleRest = 1;
export const busyRest = 5;
/** While rows are counted nothing of it is on the gateway. */
const countingRest = 2;
export const restMsMax = 2_000;

/** Rows of a page: their lines are written in one go, and payments wait for that. */
export const idlePageRows = 200;
export const busyPageRows = 100;

interface Seen {
  /** Commands sent to engines so far. */
  commandsSent(): number;
  /** Long reads under way. */
  readers(): number;
  now(): number;
}

/** How long reads go on without payments noticing: page by page, with a rest after each. */
export class ReadingPace {
  readonly #seen: Seen;
  #commands = 0;
  #busyUntilMs = 0;

  constructor(
    seen: Seen,
    private readonly sleep = sleepFor,
  ) {
    this.#seen = seen;
    this.#commands = seen.commandsSent();
  }

  get isBusy(): boolean {
    const commands = this.#seen.commandsSent();
    if (commands !== this.#commands) this.#busyUntilMs = this.#seen.now() + busyMs;
    this.#commands = commands;
    return this.#seen.now() < this.#busyUntilMs;
  }

  get pageRows(): number {
    return this.isBusy ? busyPageRows : idlePageRows;
  }

  /** After a page that took so long. What takes longer because the machine is busy rests longer. */
  async rest(workedMs: number, signal: AbortSignal): Promise<void> {
    await this.#pause(workedMs * (this.isBusy ? busyRest * Math.max(1, this.#seen.readers()) : idleRest), signal);
  }

  /** After a chunk that was only counted. */
  async restFromCounting(workedMs: number, signal: AbortSignal): Promise<void> {
    if (this.isBusy) await this.#pause(workedMs * countingRest, signal);
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await this.sleep(Math.min(ms, restMsMax), signal);
  }
}

async function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}
