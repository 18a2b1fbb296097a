import { setTimeout as sleep } from 'node:timers/promises';
import { type ClosedSecond, liveHistorySeconds } from '@smart-wallet/engine/contract/live.js';
import type { Logger } from 'pino';
import { ClosingRule } from '../closing/closing-rule.js';
import { lookAtLedger } from '../closing/look-at-ledger.js';
import type { Database } from '../storage/database.js';
import { CommittedSum } from './committed-sum.js';
import { readBatches } from './ledger-reads.js';

/** The first look at a second is this long after its end, by the database's clock. */
export const lookAfterEndMs = 30;
/** While something still runs, it is looked again this often. */
export const lookAgainMs = 100;
/** Seconds read at once when many are due: a snapshot that stays open long bloats the ledger's hot rows. */
export const secondsReadMax = 10;
/** After an error, before the next try. */
const retryMs = 500;
/** A second that stays open this long is worth a warning. */
const openLongMs = 10_000;

export interface LedgerFeedListener {
  /** In order, without a hole since `restarted`. */
  closed(seconds: ClosedSecond[]): void;
  /** What was told before is void: from this second on. */
  restarted(from: number): void;
}

/**
 * Tells every second of the ledger when it is final, from `liveHistorySeconds` ago on. One loop, so that two looks never
 * overlap: look, mark, look again until the mark is passed, read what is due in chunks, sleep until the next second is over.
 * When Postgres is away it tries again, and catches up when it is back.
 */
export class LedgerFeed {
  readonly #database: Database;
  readonly #listener: LedgerFeedListener;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #stopping = new AbortController();
  #rule = new ClosingRule();
  /** The next second to tell. */
  #next: number | null = null;
  /** What the database's clock is ahead of `#now`, as far as the last look told. */
  #clockOffsetMs = 0;
  #lookedAtMs: number | null = null;
  #away = false;
  #warnedOfOpenAtMs = -Infinity;
  #running: Promise<void> | null = null;

  constructor(database: Database, listener: LedgerFeedListener, log: Logger, now = () => performance.now()) {
    this.#database = database;
    this.#listener = listener;
    this.#log = log;
    this.#now = now;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Since Postgres last said which seconds are closed; null: never. */
  get ageMs(): number | null {
    return this.#lookedAtMs === null ? null : Math.round(this.#now() - this.#lookedAtMs);
  }

  /** Everything that is closed has been told. */
  get caughtUp(): boolean {
    return this.#next !== null && this.#next === this.#rule.closedBefore;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const waitMs = await this.#turn().catch((error: unknown) => this.#failed(error));
      await sleep(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Returns how long to wait for the next turn. */
  async #turn(): Promise<number> {
    const look = await lookAtLedger(this.#database, this.#rule.wantsMark(this.#clockMs()));
    this.#lookedAtMs = this.#now();
    // By the time of the answer: at worst it comes to each second a little late, never too early.
    this.#clockOffsetMs = look.clockMs - this.#lookedAtMs;
    if (this.#away) this.#log.info('Postgres is back: the live stream catches up');
    this.#away = false;
    if (!this.#rule.observe(look)) this.#startOver('the clock of Postgres was set back');
    await this.#tellClosed();
    if (!this.#rule.waits) return this.#untilNextLookMs();
    if (look.mark !== null) return 0;
    this.#warnOfOpen();
    return lookAgainMs;
  }

  async #tellClosed(): Promise<void> {
    const before = this.#rule.closedBefore;
    if (before === null) return;
    if (this.#next !== null && before - this.#next > liveHistorySeconds) {
      this.#log.warn({ seconds: before - this.#next }, 'too many seconds closed at once: the history starts anew');
      this.#next = null;
    }
    if (this.#next === null) {
      this.#next = before - liveHistorySeconds;
      this.#listener.restarted(this.#next);
    }
    while (this.#next < before && !this.#stopping.signal.aborted) {
      const upTo = Math.min(this.#next + secondsReadMax, before);
      const seconds = await this.#readSeconds(this.#next, upTo);
      this.#next = upTo;
      this.#listener.closed(seconds);
    }
  }

  async #readSeconds(from: number, before: number): Promise<ClosedSecond[]> {
    const sums = Array.from({ length: before - from }, () => new CommittedSum());
    for (const { second, figures, latency } of await readBatches(this.#database, from, before)) {
      sums[second - from]?.addBatch(figures, latency);
    }
    return sums.map((sum, i) => ({ second: from + i, ...sum.figures() }));
  }

  #failed(error: unknown): number {
    if (!this.#away) this.#log.warn({ err: error }, 'the live stream cannot read the ledger; trying again');
    this.#away = true;
    this.#rule.forgetMarks();
    return retryMs;
  }

  #startOver(reason: string): void {
    this.#log.warn(`${reason}: the history of the live stream starts anew`);
    this.#rule = new ClosingRule();
    this.#next = null;
  }

  #clockMs(): number {
    return this.#now() + this.#clockOffsetMs;
  }

  #untilNextLookMs(): number {
    const clockMs = this.#clockMs();
    return 1_000 - (((clockMs % 1_000) + 1_000) % 1_000) + lookAfterEndMs;
  }

  #warnOfOpen(): void {
    const openMs = this.#next === null ? 0 : this.#clockMs() - (this.#next + 1) * 1_000;
    if (openMs < openLongMs || this.#now() - this.#warnedOfOpenAtMs < 60_000) return;
    this.#warnedOfOpenAtMs = this.#now();
    this.#log.warn(
      { openMs: Math.round(openMs) },
      'seconds stay open: look in pg_stat_activity for a transaction that has written something and does not end',
    );
  }
}
