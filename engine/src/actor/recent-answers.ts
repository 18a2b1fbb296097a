import type { RecordedAnswer } from '../answers.js';
import { Generations } from './generations.js';

/** Answers an engine keeps in memory at most, so that a prompt retry costs no database call. About 1 kB each. */
export const recentAnswersMax = 5_000;

/** The last answers of this engine by key digest. Always a copy of what the ledger holds; losing one costs a look-up. */
export class RecentAnswers {
  readonly #answers = new Generations<RecordedAnswer>(recentAnswersMax / 2);

  /** At most. */
  get size(): number {
    return this.#answers.size;
  }

  get(keyDigest: string): RecordedAnswer | undefined {
    return this.#answers.get(keyDigest);
  }

  remember(keyDigest: string, answer: RecordedAnswer): void {
    this.#answers.set(keyDigest, answer);
  }
}
