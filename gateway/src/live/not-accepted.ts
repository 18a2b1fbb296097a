import { sortedRecord } from './committed-sum.js';

const minuteSeconds = 60;

/** Outcomes of a command that was not committed, or nobody knows, as the engine client names them, with their problem code. */
const codes: Readonly<Record<string, string>> = {
  PARTITION_UNAVAILABLE: 'PARTITION_UNAVAILABLE',
  OVERLOADED: 'OVERLOADED',
  STORAGE_UNAVAILABLE: 'STORAGE_UNAVAILABLE',
  DEADLINE_EXCEEDED: 'DEADLINE_EXCEEDED',
  UNKNOWN: 'OUTCOME_UNKNOWN',
};

/** What this gateway could not bring into the ledger in the last minute: differences of counters that run anyway. */
export class NotAccepted {
  readonly #answers: ReadonlyMap<string, number>;
  /** What the counters said at each of the last seconds, oldest first. */
  readonly #past: Map<string, number>[] = [];

  constructor(answers: ReadonlyMap<string, number>) {
    this.#answers = answers;
    this.secondPassed();
  }

  /** To be called once a second. */
  secondPassed(): void {
    this.#past.push(this.#counted());
    if (this.#past.length > minuteSeconds) this.#past.shift();
  }

  /** By problem code; a code that did not occur is left out. */
  lastMinute(): Record<string, number> {
    const before = this.#past[0] as Map<string, number>;
    const counts = new Map<string, number>();
    for (const [code, count] of this.#counted()) {
      const more = count - (before.get(code) ?? 0);
      if (more > 0) counts.set(code, more);
    }
    return sortedRecord(counts);
  }

  #counted(): Map<string, number> {
    const counted = new Map<string, number>();
    for (const outcome in codes) counted.set(codes[outcome] as string, this.#answers.get(outcome) ?? 0);
    return counted;
  }
}
