import { type AnswerCounts, noAnswers } from '../metrics/answer-counts.js';

/** Seconds that wait for Postgres; beyond, the newest one takes what comes. */
const waitingMax = 900;

export type SecondRow = [
  second: number,
  requests: number,
  replays: number,
  errors: number,
  notDone: number,
  unknown: number,
];

/** What a gateway answered, by second of the database's clock: differences of counters that run anyway. */
export class GatewaySeconds {
  #before = noAnswers();
  readonly #waiting = new Map<number, SecondRow>();
  /** The last second that left: it is written once. */
  #left = 0;

  constructor(private readonly counts: AnswerCounts) {}

  /** To be called about once a second. */
  passed(nowMs: number): void {
    const { requests, replays, errors, notDone, outcomeUnknown } = this.counts;
    const before = this.#before;
    this.#before = { ...this.counts };
    if (requests === before.requests) return;
    const newest = [...this.#waiting.keys()].at(-1) ?? 0;
    const isFull = this.#waiting.size >= waitingMax;
    // In order, also where the clock is set back.
    const second = isFull ? newest : Math.max(Math.floor(nowMs / 1_000), newest, this.#left + 1);
    const row = this.#waiting.get(second) ?? [second, 0, 0, 0, 0, 0];
    row[1] += requests - before.requests;
    row[2] += replays - before.replays;
    row[3] += errors - before.errors;
    row[4] += notDone - before.notDone;
    row[5] += outcomeUnknown - before.outcomeUnknown;
    this.#waiting.set(second, row);
  }

  /** Those that are over. They stay until they are `written`: sent again they are the same. */
  over(nowMs: number): SecondRow[] {
    const rows = [...this.#waiting.values()].filter(([second]) => second < Math.floor(nowMs / 1_000));
    this.#left = Math.max(this.#left, rows.at(-1)?.[0] ?? 0);
    return rows;
  }

  written(rows: readonly SecondRow[]): void {
    for (const [second] of rows) this.#waiting.delete(second);
  }
}
