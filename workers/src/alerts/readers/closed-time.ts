import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../database.js';

/** While something older than the mark still runs. */
const lookAgainMs = 25;
const waitMsMax = 3_000;

/**
 * Up to which second the ledger is final. A batch reads its time inside the transaction that writes it, and commits later: a second is
 * over when every transaction that had an id before a moment past it has ended. (The gateways close their seconds by the same rule.)
 */
export class ClosedTime {
  #before = 0;
  #firstAsked: number | null = null;
  #lagS = 0;

  constructor(
    private readonly database: Pick<Database, 'query'>,
    private readonly waitMs = waitMsMax,
  ) {}

  /** How far it was behind the clock when it was last reached for. */
  get lagS(): number {
    return this.#lagS;
  }

  /** Every second below it is final. Waits a few seconds at most: then it is where it was; 0: nowhere yet. */
  async reach(): Promise<number> {
    const { rows } = await this.database.query<{ ms: string; mark: string }>(
      // The clock is the transaction's start, before its id is taken: whoever has a higher id reads a later time.
      `SELECT floor(extract(epoch FROM now()) * 1000)::bigint AS ms, pg_current_xact_id()::text AS mark`,
    );
    const { ms, mark } = rows[0] as { ms: string; mark: string };
    const second = Math.floor(Number(ms) / 1_000);
    // The clock was set back: what was closed means nothing any more.
    if (second < this.#before - 60) {
      this.#before = 0;
      this.#firstAsked = null;
    }
    this.#firstAsked ??= second;
    this.#lagS = Math.max(0, second - Math.max(this.#before, this.#firstAsked));
    const giveUpAtMs = performance.now() + this.waitMs;
    while (!(await this.#hasPassed(mark))) {
      if (performance.now() >= giveUpAtMs) return this.#before;
      await sleep(lookAgainMs);
    }
    this.#before = Math.max(this.#before, second);
    this.#lagS = 0;
    return this.#before;
  }

  async #hasPassed(mark: string): Promise<boolean> {
    const { rows } = await this.database.query<{ passed: boolean }>(
      `SELECT pg_snapshot_xmin(pg_current_snapshot())::text::numeric >= $1::numeric AS passed`,
      [mark],
    );
    return rows[0]?.passed === true;
  }
}
