import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRun } from './fault-run.js';

type EngineProcess = FaultRun['platform']['engines'][0];

const patienceMs = 15_000;
/** Owners that have not changed for this long will not, until something happens. */
const settledMs = 1_500;
const killsWanted = 2;
const killsMax = 6;

/** Kills an engine and tells, for each of its partitions, after how many milliseconds it committed a payment again. */
export async function killAndTime(run: FaultRun, engine: EngineProcess): Promise<number[]> {
  const workerId = run.workerId(engine.name);
  const partitions = await run.paidPartitionsOf(workerId);
  const killedAtMs = Date.now();
  await engine.kill();
  const until = performance.now() + patienceMs;
  for (;;) {
    const paid = await run.firstPaid(partitions, workerId, killedAtMs);
    if (paid.size === partitions.length) return [...paid.values()].map((ms) => ms - killedAtMs);
    if (performance.now() > until) {
      const unpaid = partitions.filter((partition) => !paid.has(partition));
      throw new Error(`partitions ${unpaid} of ${engine.name} did not pay within ${patienceMs} ms`);
    }
    await sleep(100);
  }
}

export interface Kills {
  /** How many were taken over as soon as they should be. */
  inTime: number;
  /** Partitions that were timed. */
  partitions: number;
  story: string;
}

/**
 * Kills owners until two of them were taken over in time: a machine that is busy with something else spoils some, a fault all.
 * `next` says whom, once all is settled; `back` is called once it runs again.
 */
export async function killsInTime(
  run: FaultRun,
  { next, back }: { next: (kill: number) => Promise<EngineProcess>; back?: (killed: EngineProcess) => Promise<void> },
): Promise<Kills> {
  const kills: number[][] = [];
  const spreads = () => kills.map(spreadOf);
  const inTime = () => spreads().filter(({ p50, max }) => p50 < 3_000 && max < 6_000).length;
  while (kills.length < killsMax && inTime() < killsWanted) {
    await settled(run);
    const engine = await next(kills.length);
    kills.push(await killAndTime(run, engine));
    await engine.start();
    await back?.(engine);
  }
  return { inTime: inTime(), partitions: kills.flat().length, story: JSON.stringify(spreads()) };
}

/** Resolves when as many engines as should own partitions again, and the partitions have stopped moving. */
export async function settled(run: FaultRun): Promise<void> {
  let changes = -1;
  for (;;) {
    const owners = await run.ask<{ worker_id: string }>('SELECT DISTINCT worker_id FROM partitions');
    if (owners.length === run.ownersWanted && run.ownership.length === changes) return;
    changes = run.ownership.length;
    await sleep(settledMs);
  }
}

export interface Spread {
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
