import type { LiveEngine } from '@smart-wallet/engine/contract/live.js';
import { shortId } from '../../../figures/format.js';

/*
 * Engines as the board tells them apart. An engine is one start of a process: after a restart the same name comes back
 * under a new id, and should look as it did before. So looks go by name, and names outlive their engines.
 */

/** Looks there are; further engines share them. */
export const looks = 8;
const enginesMax = 64;

export interface SeenEngines {
  /** Name by id, oldest first. */
  names: ReadonlyMap<string, string>;
  /** Number of the look by name. */
  looks: ReadonlyMap<string, number>;
}

export const noEngines: SeenEngines = { names: new Map(), looks: new Map() };

export function seeEngines(seen: SeenEngines, engines: readonly Pick<LiveEngine, 'workerId' | 'name'>[]): SeenEngines {
  const unseen = engines.filter((engine) => !seen.names.has(engine.workerId));
  if (unseen.length === 0) return seen;
  const names = new Map([...seen.names, ...unseen.map(({ workerId, name }) => [workerId, name] as const)]);
  for (const workerId of names.keys()) {
    if (names.size > enginesMax) names.delete(workerId);
  }
  const known = new Set(names.values());
  const taken = new Map([...seen.looks].filter(([name]) => known.has(name)));
  for (const name of [...known].sort()) if (!taken.has(name)) taken.set(name, freeLook(taken));
  return { names, looks: taken };
}

/** An engine's name; of one that was gone before the page came, what is left of its id. */
export function engineName({ names }: SeenEngines, workerId: string): string {
  return names.get(workerId) ?? shortId(workerId);
}

/** It owns nothing because it should not: no sign that anything is wrong. */
export function standsBy(engine: LiveEngine): boolean {
  return engine.standsBy === true && engine.partitions === 0;
}

export function engineLook({ names, looks: taken }: SeenEngines, workerId: string): number {
  return taken.get(names.get(workerId) ?? '') ?? looks - 1;
}

/** The least used one. */
function freeLook(taken: ReadonlyMap<string, number>): number {
  const uses = new Array<number>(looks).fill(0);
  for (const look of taken.values()) uses[look] = (uses[look] ?? 0) + 1;
  return uses.indexOf(Math.min(...uses));
}
