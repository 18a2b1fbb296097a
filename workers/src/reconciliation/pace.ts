import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** Rows in a chunk: fewer cost as much, for the statements themselves. */
const sizeMin = 400;
const sizeMax = 1_500;
const sizeFirst = 400;
/** How long a chunk should take. */
const idleChunkMs = 100;
const busyChunkMs = 20;
/** Pauses for each millisecond of work: while payments are made, a run takes a fifth of one core and no more. */
const idleRest = 0.2;
const busyRest = 4;
const restMsMax = 2_000;
/** As many batches a second are traffic to make way for. */
const busyBatchesPerSecond = 3;
const lookEveryMs = 500;

/** How a run goes on without payments noticing: short chunks, and a rest after each, longer while engines commit. */
export class Pace {
  #size = sizeFirst;
  #lookedMs = -Infinity;
  #batches = 0n;
  #busy = false;

  get size(): number {
    return this.#size;
  }

  async rest(client: pg.ClientBase, workedMs: number, signal: AbortSignal): Promise<void> {
    await this.#look(client);
    const target = this.#busy ? busyChunkMs : idleChunkMs;
    const fitting = this.#size * Math.min(2, Math.max(0.3, target / Math.max(workedMs, 1)));
    this.#size = Math.round(Math.min(sizeMax, Math.max(sizeMin, fitting)));
    await sleep(Math.min(restMsMax, workedMs * (this.#busy ? busyRest : idleRest)), undefined, { signal });
  }

  /** Engines count their batches: what they add says how much is going on. */
  async #look(client: pg.ClientBase): Promise<void> {
    const nowMs = performance.now();
    const sinceMs = nowMs - this.#lookedMs;
    if (sinceMs < lookEveryMs) return;
    const { rows } = await client.query<{ n: string }>('SELECT coalesce(sum(batch_seq), 0) AS n FROM engine_workers');
    const batches = BigInt(rows[0]?.n ?? 0);
    if (Number.isFinite(sinceMs))
      this.#busy = Number(batches - this.#batches) / (sinceMs / 1_000) > busyBatchesPerSecond;
    this.#batches = batches;
    this.#lookedMs = nowMs;
  }
}
