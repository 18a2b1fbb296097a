/*
 * When a second of the ledger is final.
 *
 * A batch's `created_at` is read from the database's clock inside the transaction that writes it, after a first write has
 * given that transaction its id. It commits later: milliseconds mostly, seconds when something holds it up. So a second is
 * not final when the clock has passed it, but when nothing runs any more that read its time in it:
 *
 *   1. Mark. At a moment when the clock is past the second, take a transaction id of our own. Ids are given out in order.
 *      Whoever has an id by now has a lower one. Whoever gets a higher one gets it later, and reads its time later still:
 *      past the second.
 *   2. Wait until every lower id has ended: until a snapshot's xmin (the lowest id still running) has reached the mark.
 *   3. Read the second's rows then, in that snapshot or a later one: it sees everything that committed.
 *
 * The clock of the mark is `now()`, the start of its transaction, and so before its id was taken. A snapshot's own xmax
 * would not do for the mark: it is one above the highest id that has *ended*, and whoever runs above it would be missed.
 * All this needs no rights but to read the table, and costs one transaction id a second.
 *
 * The price: any transaction of the server that has written something and stays open holds the seconds open with it.
 * And a database clock that is set back lets batches into seconds that were closed before; they stand in the ledger, but
 * not in these seconds.
 */

/** Marks that wait at once. Beyond, the newest one moves on: seconds close later, together. */
const marksMax = 120;
/** A clock that falls back further than this starts everything anew. */
export const clockBackSecondsMax = 60;

/** What the database says when it is asked. */
export interface LedgerLook {
  /** Its clock, Unix milliseconds, at the start of the transaction. */
  clockMs: number;
  /** The lowest transaction id still running. */
  oldestRunning: bigint;
  /** A transaction id taken after the clock was read; null: none was asked for. */
  mark: bigint | null;
}

interface Mark {
  /** Every second below it is covered. */
  before: number;
  id: bigint;
}

export class ClosingRule {
  readonly #marks: Mark[] = [];
  #closedBefore: number | null = null;

  /** Every second below it is final; null: not known yet. */
  get closedBefore(): number | null {
    return this.#closedBefore;
  }

  /** A mark is set, and something older still runs. */
  get waits(): boolean {
    return this.#marks.length > 0;
  }

  /** Whether it is worth a mark at this clock: some second is over, and no mark covers it. */
  wantsMark(clockMs: number): boolean {
    const covered = this.#marks.at(-1)?.before ?? this.#closedBefore ?? 0;
    return Math.floor(clockMs / 1_000) > covered;
  }

  /** Returns false when the clock has fallen so far back that what was closed means nothing any more. */
  observe({ clockMs, oldestRunning, mark }: LedgerLook): boolean {
    const second = Math.floor(clockMs / 1_000);
    if (this.#closedBefore !== null && second < this.#closedBefore - clockBackSecondsMax) return false;
    // The look's own mark was taken after its snapshot: only a later look can pass it.
    while (this.#marks[0] && oldestRunning >= this.#marks[0].id) {
      this.#closedBefore = Math.max(this.#closedBefore ?? 0, this.#marks[0].before);
      this.#marks.shift();
    }
    if (mark !== null && this.wantsMark(clockMs)) {
      if (this.#marks.length === marksMax) this.#marks.pop();
      this.#marks.push({ before: second, id: mark });
    }
    return true;
  }

  /** After a lost connection the server may be another one, whose ids stand elsewhere. What is closed stays closed. */
  forgetMarks(): void {
    this.#marks.length = 0;
  }
}
