import { setTimeout as sleep } from 'node:timers/promises';
import type { ClosedSecond, MovedToday as MovedTodayFigures } from '@smart-wallet/engine/contract/live.js';
import type { Logger } from 'pino';
import type { Database } from '../storage/database.js';
import { addCounts, addSums, decimalRecord, sortedRecord } from './committed-sum.js';
import { sumMoved } from './ledger-reads.js';

const daySeconds = 86_400;
/** What one query of the background adds up: short, since an open snapshot bloats the ledger's hot rows. */
const chunkSeconds = 300;
const retryMs = 1_000;

/**
 * Money moved since midnight UTC, through the last closed second. What lies before the first second that is told is added up
 * in the background, at most half of the time at work; each closed second adds itself.
 */
export class MovedToday {
  readonly #database: Database;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #day = 0;
  #sums = new Map<string, bigint>();
  #counts = new Map<string, number>();
  /** What is before the first second told has been added. */
  #whole = false;
  #cached: MovedTodayFigures | null = null;
  /** One count a restart: work for an earlier one is dropped. */
  #round = 0;

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  /** The seconds told next begin with this one. */
  restart(from: number): void {
    this.#round += 1;
    this.#newDay(Math.floor(from / daySeconds));
    this.#whole = false;
    void this.#addBase(this.#day * daySeconds, from, this.#round);
  }

  closed(second: ClosedSecond): void {
    const day = Math.floor(second.second / daySeconds);
    if (day !== this.#day) {
      this.#round += 1;
      this.#newDay(day);
      this.#whole = true;
    }
    addSums(this.#sums, second.sumByCurrency);
    addCounts(this.#counts, second.countByCurrency ?? {});
    this.#cached = null;
  }

  /** null: not added up yet. */
  figures(): MovedTodayFigures | null {
    if (!this.#whole) return null;
    this.#cached ??= {
      date: new Date(this.#day * daySeconds * 1_000).toISOString().slice(0, 10),
      sumByCurrency: decimalRecord(this.#sums),
      countByCurrency: sortedRecord(this.#counts),
    };
    return this.#cached;
  }

  stop(): void {
    this.#round += 1;
    this.#stopping.abort();
  }

  #newDay(day: number): void {
    this.#day = day;
    this.#sums = new Map();
    this.#counts = new Map();
    this.#cached = null;
  }

  async #addBase(from: number, before: number, round: number): Promise<void> {
    const base = { sums: new Map<string, bigint>(), counts: new Map<string, number>() };
    for (let at = from; at < before; ) {
      const upTo = Math.min(at + chunkSeconds, before);
      const startedAt = performance.now();
      let pauseMs = retryMs;
      try {
        const moved = await sumMoved(this.#database, at, upTo);
        addSums(base.sums, moved.sumByCurrency);
        addCounts(base.counts, moved.countByCurrency);
        at = upTo;
        pauseMs = performance.now() - startedAt;
      } catch (error) {
        this.#log.debug({ err: error }, 'the sums of the day cannot be read; trying again');
      }
      await sleep(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
      if (round !== this.#round) return;
    }
    addSums(this.#sums, decimalRecord(base.sums));
    addCounts(this.#counts, sortedRecord(base.counts));
    this.#whole = true;
    this.#cached = null;
  }
}
