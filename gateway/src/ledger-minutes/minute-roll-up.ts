import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { FinalTime } from '../closing/final-time.js';

export const minuteMs = 60_000;
/** Older minutes are not added up any more: twice the longest time that is compared with the one before, and a few days. */
const daysMax = 190;
/** What holds a minute open is waited for so long, then asked again. */
const finalWaitMs = 5_000;
const retryMs = 5_000;
/** After the end of a minute, drawn anew each time: mostly one gateway writes, and the others find it written. */
const laterMsMax = 3_000;
/** Minutes that one query adds up: as many as take about this long. */
const queryMs = 200;
const minutesMax = 720;

/**
 * Keeps `ledger_minutes` up to date: every minute of the ledger, once it is final, added up and written once. Every gateway does it,
 * and a minute that another has written stays as it is. What was missed while none ran is caught up with, in short queries.
 */
export class MinuteRollUp {
  readonly #database: Pool;
  readonly #finalTime: FinalTime;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #minutesAtOnce = 1;
  #away = false;
  #running: Promise<void> | null = null;

  constructor(database: Pool, finalTime: FinalTime, log: Logger) {
    this.#database = database;
    this.#finalTime = finalTime;
    this.#log = log;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const waitMs = await this.catchUp().catch((error: unknown) => this.#failed(error));
      await sleep(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Writes what is final. Returns how long until there is more to do. */
  async catchUp(): Promise<number> {
    const place = await this.#place();
    this.#away = false;
    const untilNextMs = minuteMs - (place.nowMs % minuteMs) + Math.random() * laterMsMax;
    if (place.nextMs === null) return untilNextMs;
    const overMs = floorMinute(place.nowMs);
    if (place.nextMs >= overMs) return untilNextMs;
    const finalMs = floorMinute(await this.#finalTime.reach(overMs, finalWaitMs, this.#stopping.signal));
    for (let nextMs = place.nextMs; nextMs < finalMs && !this.#stopping.signal.aborted; ) {
      nextMs = await this.#write(nextMs, finalMs);
    }
    return finalMs < overMs ? retryMs : untilNextMs;
  }

  async #write(fromMs: number, finalMs: number): Promise<number> {
    const beforeMs = Math.min(fromMs + this.#minutesAtOnce * minuteMs, finalMs);
    const startedAtMs = performance.now();
    await this.#database.query('SELECT roll_up_ledger_minutes($1, $2)', [new Date(fromMs), new Date(beforeMs)]);
    const tookMs = performance.now() - startedAtMs;
    if (tookMs > queryMs) this.#minutesAtOnce = Math.max(1, Math.floor(this.#minutesAtOnce / 2));
    else if (tookMs < queryMs / 2) this.#minutesAtOnce = Math.min(minutesMax, this.#minutesAtOnce * 2);
    // At most half of the time at work, while there is much to catch up with.
    if (beforeMs < finalMs) await sleep(tookMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
    return beforeMs;
  }

  /** The first minute that is not written; null: the ledger is empty. */
  async #place(): Promise<{ nextMs: number | null; nowMs: number }> {
    const { rows } = await this.#database.query<{ next: Date | null; first: Date | null; now: Date }>(
      `SELECT (SELECT max(minute) FROM ledger_minutes) + interval '1 minute' AS next,
              (SELECT min(created_at) FROM ledger_batches WHERE created_at > clock_timestamp() - interval '${daysMax} days') AS first,
              clock_timestamp() AS now`,
    );
    const { next, first, now } = rows[0] as { next: Date | null; first: Date | null; now: Date };
    return { nextMs: next?.getTime() ?? (first && floorMinute(first.getTime())), nowMs: now.getTime() };
  }

  #failed(error: unknown): number {
    if (!this.#away) this.#log.warn({ err: error }, 'the minutes of the ledger cannot be added up; trying again');
    this.#away = true;
    return retryMs;
  }
}

export function floorMinute(ms: number): number {
  return ms - (ms % minuteMs);
}
