import type pg from 'pg';
import type { Break } from './finding.js';
import { Pace } from './pace.js';
import type { Phase } from './phase.js';
import { batchesPhase } from './phases/batches.js';
import { creationsPhase } from './phases/creations.js';
import { currenciesPhase } from './phases/currencies.js';
import { listingsPhase } from './phases/listings.js';
import { refundTotalsPhase } from './phases/refund-totals.js';
import { standingPhase } from './phases/standing.js';
import { tailsPhase } from './phases/tails.js';
import { walletsPhase } from './phases/wallets.js';
import { type Mode, makePlan } from './plan.js';
import {
  type ClaimedRun,
  finishRun,
  forgetTouched,
  listedMax,
  type RunPlace,
  writeChunk,
  writePlan,
} from './run-store.js';

export interface RunOptions {
  /** Wallets with a break are suspended, through the API. */
  readonly suspends: boolean;
  readonly signal: AbortSignal;
  readonly pace?: Pace;
  /** It is written down by then. */
  readonly onBreak?: (found: Break) => void;
  /** After each chunk is written. */
  readonly onChunk?: (phase: string) => void | Promise<void>;
}

const phases: Readonly<Record<Mode, () => readonly Phase[]>> = {
  incremental: () => [standingPhase(), batchesPhase(), walletsPhase(), currenciesPhase(), tailsPhase()],
  full: () => [batchesPhase(), walletsPhase(), creationsPhase(), listingsPhase(), refundTotalsPhase(), tailsPhase()],
};

/**
 * Goes through the ledger from where the run stands, chunk by chunk, to its end. Each chunk is a few short statements, and is written
 * with the place that the next one goes on from; so a run that is killed goes on with the chunk that it was at. Memory is bounded by a
 * chunk. Throws StaleAttempt when another attempt has the run.
 */
export async function runReconciliation(
  client: pg.ClientBase,
  run: ClaimedRun,
  options: RunOptions,
): Promise<'CLEAN' | 'BREAKS'> {
  const { signal, pace = new Pace() } = options;
  let { plan } = run;
  if (!plan) {
    await forgetTouched(client, run.runNo);
    plan = await makePlan(client, run.mode);
    await writePlan(client, run, plan);
  }
  const all = phases[run.mode]();
  const first = Math.max(
    0,
    all.findIndex(({ name }) => name === run.place?.phase),
  );
  let listed = run.place?.listed ?? 0;
  for (const [i, phase] of all.slice(first).entries()) {
    const goesOn = i === 0 && run.place !== null;
    let state = goesOn ? run.place?.state : phase.begin(plan);
    while (state !== null) {
      signal.throwIfAborted();
      const begunMs = performance.now();
      const chunk = await phase.chunk(state, { client, plan, runNo: run.runNo, size: pace.size });
      const breaks = chunk.breaks.slice(0, Math.max(0, listedMax - listed));
      listed += breaks.length;
      const place: RunPlace = { phase: phase.name, state: chunk.next, listed };
      const { wallets = 0, transactions = 0, batches = 0, touched } = chunk;
      const unlisted = chunk.breaks.length - breaks.length + (chunk.more ?? 0);
      await writeChunk(client, run, { place, wallets, transactions, batches, unlisted }, { breaks, touched });
      for (const found of breaks) options.onBreak?.(found);
      state = chunk.next;
      await options.onChunk?.(phase.name);
      await pace.rest(client, performance.now() - begunMs, signal);
    }
  }
  return finishRun(client, run, plan, options.suspends);
}
