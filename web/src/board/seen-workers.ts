import type { LiveWorker } from '@smart-wallet/engine/contract/live.js';
import { shortId } from '../figures/format.js';

/*
 * Workers as the board tells them apart. A worker is one start of a process: after a restart the same name comes back
 * under a new id, and should look as it did before. So looks go by name, and names outlive their workers.
 */

/** Looks there are; further workers share them. */
export const looks = 8;
const workersMax = 64;

export interface SeenWorkers {
  /** Name by id, oldest first. */
  names: ReadonlyMap<string, string>;
  /** Number of the look by name. */
  looks: ReadonlyMap<string, number>;
}

export const noWorkers: SeenWorkers = { names: new Map(), looks: new Map() };

export function seeWorkers(seen: SeenWorkers, workers: readonly Pick<LiveWorker, 'workerId' | 'name'>[]): SeenWorkers {
  const unseen = workers.filter((worker) => !seen.names.has(worker.workerId));
  if (unseen.length === 0) return seen;
  const names = new Map([...seen.names, ...unseen.map(({ workerId, name }) => [workerId, name] as const)]);
  for (const workerId of names.keys()) {
    if (names.size > workersMax) names.delete(workerId);
  }
  const known = new Set(names.values());
  const taken = new Map([...seen.looks].filter(([name]) => known.has(name)));
  for (const name of [...known].sort()) if (!taken.has(name)) taken.set(name, freeLook(taken));
  return { names, looks: taken };
}

/** A worker's name; of one that was gone before the page came, what is left of its id. */
export function workerName({ names }: SeenWorkers, workerId: string): string {
  return names.get(workerId) ?? shortId(workerId);
}

export function workerLook({ names, looks: taken }: SeenWorkers, workerId: string): number {
  return taken.get(names.get(workerId) ?? '') ?? looks - 1;
}

/** The least used one. */
function freeLook(taken: ReadonlyMap<string, number>): number {
  const uses = new Array<number>(looks).fill(0);
  for (const look of taken.values()) uses[look] = (uses[look] ?? 0) + 1;
  return uses.indexOf(Math.min(...uses));
}
