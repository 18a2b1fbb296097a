import type { System } from '@smart-wallet/client';

type Owner = System['engines'][number];
type Heard = NonNullable<System['heard']>['engines'][number];

/** An engine as the ledger knows it, as it is heard, or both. */
export interface Engine {
  readonly engineId: string;
  readonly name: string;
  /** One letter, by which the map of partitions names it. */
  readonly letter: string;
  readonly partitions: number;
  readonly owner: Owner | null;
  readonly heard: Heard | null;
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Those that own partitions, and those that are heard and own none; by name, so that nobody changes places. */
export function enginesOf({ engines, heard }: Pick<System, 'engines' | 'heard'>): Engine[] {
  const ids = new Map<string, string>();
  for (const { engineId, name } of [...engines, ...(heard?.engines ?? [])]) ids.set(engineId, name);
  return [...ids]
    .sort(([idA, a], [idB, b]) => (a === b ? (idA < idB ? -1 : 1) : a < b ? -1 : 1))
    .map(([engineId, name], place) => {
      const owner = engines.find((one) => one.engineId === engineId) ?? null;
      const beat = heard?.engines.find((one) => one.engineId === engineId) ?? null;
      const letter = letters[place % letters.length] as string;
      return { engineId, name, letter, partitions: owner?.partitions ?? 0, owner, heard: beat };
    });
}

/** As long as it says nothing for this long, it is told as silent. */
const silentAfterMs = 3_000;

/** What an engine does, in a word. */
export function engineState({ owner, heard }: Engine, hasLive: boolean): 'OWNS' | 'STANDS_BY' | 'SILENT' {
  if (hasLive && (heard === null || heard.heardMsAgo > silentAfterMs)) return 'SILENT';
  return owner === null ? 'STANDS_BY' : 'OWNS';
}

/** `3, 5–9`: numbers of partitions, in runs. */
export function runsOf(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const each of [...numbers].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && each <= last[1] + 1) last[1] = each;
    else runs.push([each, each]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}\u2013${to}`)).join(', ');
}
