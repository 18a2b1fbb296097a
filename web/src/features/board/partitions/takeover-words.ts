import type { Takeover } from '@smart-wallet/engine/contract/live.js';
import { durationText, plural } from '../../../figures/format.js';

/** Takeovers from one owner within this time are one event: its partitions went to several others. */
const togetherMs = 10_000;

export interface TakeoverStory {
  atMs: number;
  partitions: ReadonlySet<number>;
  /** `engine-2 took 32 partitions from engine-1 in 3.4 s` */
  sentence: string;
  /** The same where it stands among partitions: `engine-2 took 32 from engine-1 in 3.4 s` */
  brief: string;
}

/** The latest change of owner, in words; null: none is known. `name` tells an engine's name by its id. */
export function latestTakeover(takeovers: readonly Takeover[], name: (engine: string) => string): TakeoverStory | null {
  const newest = takeovers.reduce<Takeover | null>((a, b) => (a && a.atMs >= b.atMs ? a : b), null);
  if (!newest) return null;
  const event = takeovers.filter(
    (other) => other.from === newest.from && other.planned === newest.planned && newest.atMs - other.atMs <= togetherMs,
  );
  const partitions = new Set(event.flatMap((takeover) => takeover.partitions));
  const to = listed([...new Set(event.map((takeover) => name(takeover.to)))].sort());
  const tookMs = event.reduce<number | null>(
    (max, { tookMs }) => (tookMs === null ? max : Math.max(max ?? 0, tookMs)),
    null,
  );
  const took = tookMs === null ? '' : ` in ${durationText(tookMs)}`;
  const tell = (count: string) =>
    newest.from === null
      ? `${to} claimed ${count}${took}`
      : newest.planned
        ? `${name(newest.from)} handed ${count} to ${to}${took}`
        : `${to} took ${count} from ${name(newest.from)}${took}`;
  return {
    atMs: newest.atMs,
    partitions,
    sentence: tell(plural(partitions.size, 'partition')),
    brief: tell(String(partitions.size)),
  };
}

function listed(names: readonly string[]): string {
  return names.length === 1 ? (names[0] as string) : `${names.length} engines`;
}
