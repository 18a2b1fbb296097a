import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../database.js';
import { Faults, faultsMax, staysSo } from './faults.js';
import type { Break } from './finding.js';
import { type ClaimedRun, claimRun, failRun, giveBack, StaleAttempt } from './run-store.js';
import { runInThread } from './run-thread.js';
import type { Suspensions } from './suspensions.js';

const pollMs = 1_000;
/** So long without a sign of life: whoever had the run is gone. Longer than a chunk and its rest may take. */
export const staleRunMs = 45_000;
const retryMsMax = 30_000;

export interface ReconciliationOptions {
  readonly database: Database;
  readonly databaseUrl: string;
  readonly log: Logger;
  /** null: wallets are never suspended. */
  readonly suspensions: Suspensions | null;
  readonly staleMs?: number;
}

/** Takes up runs that are asked for or were left, one at a time, and works on each until it has ended. */
export class Reconciliation {
  readonly #stopping = new AbortController();
  readonly #faults = new Faults();
  #working: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: ReconciliationOptions) {}

  start(): void {
    const { suspensions } = this.options;
    // A run may take an hour: what it or one before it found is not to wait for its end.
    this.#working = Promise.all([
      this.#follow(() => this.#takeUp()),
      suspensions && this.#follow((signal) => suspensions.ask(signal)),
    ]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
  }

  async #follow(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { log } = this.options;
    const { signal } = this.#stopping;
    for (let faults = 0; !signal.aborted; ) {
      try {
        await work(signal);
        faults = 0;
        await sleep(pollMs, undefined, { signal });
      } catch (error) {
        if (signal.aborted) return;
        faults += 1;
        log.warn({ err: error }, 'reconciliation cannot go on: is Postgres up? It goes on by itself');
        await sleep(Math.min(retryMsMax, pollMs * 2 ** faults), undefined, { signal }).catch(() => {});
      }
    }
  }

  async #takeUp(): Promise<void> {
    const { database, log, staleMs = staleRunMs } = this.options;
    const { rows } = await database.query(`SELECT FROM reconciliation_runs WHERE status IN ('REQUESTED', 'RUNNING')`);
    if (rows.length === 0) return;
    const run = await claimRun(database, staleMs);
    if (!run) return;
    const { runId, mode, attempt } = run;
    log.info({ runId, mode, attempt }, attempt === 1 ? 'a reconciliation begins' : 'a reconciliation goes on');
    await this.#workOn(run);
  }

  async #workOn(run: ClaimedRun): Promise<void> {
    const { database, databaseUrl, log, suspensions } = this.options;
    const { runId } = run;
    const { signal } = this.#stopping;
    const onBreak = (found: Break) =>
      log.error({ runId, ...found }, 'the ledger does not hold: see workers/RECONCILIATION.md');
    try {
      const status = await runInThread({ databaseUrl, run, suspends: suspensions !== null }, { signal, onBreak });
      log.info({ runId, status }, 'a reconciliation has ended');
    } catch (error) {
      if (error instanceof StaleAttempt) {
        log.warn({ runId }, 'another worker has this reconciliation by now');
        return;
      }
      // Somebody else goes on at once; of a database that is away, once it is back.
      if (!signal.aborted && staysSo(error) && this.#faults.count(run) >= faultsMax) {
        await failRun(database, run, String(error));
        log.error(
          { runId, err: error },
          'a reconciliation failed: the next one begins where the last finished one ended',
        );
        return;
      }
      await giveBack(database, run).catch(() => {});
      if (!signal.aborted) throw error;
    }
  }
}
