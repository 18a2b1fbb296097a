import type { Takeover } from '@smart-wallet/engine/contract/live.js';
import { durationText, plural } from '../../../figures/format.js';
import type { Naming } from './engine-names.js';

/** Takeovers from one owner within this time are one event: its partitions went to several others. */
const togetherMs = 10_000;
/** So many that took over are named. */
const namedMax = 2;

export interface TakeoverStory {
  atMs: number;
  partitions: ReadonlySet<number>;
  /** Ids of all whom it tells of. */
  engines: readonly string[];
  /** `engine-2 took 32 partitions from engine-1 in 3.4 s` */
  sentence: string;
  /** The same where it stands among partitions and the engines' names: `engine-2 took 32 from engine-1 in 3.4 s` */
  brief: string;
}

/** The latest change of owner, in words; null: none is known. */
export function latestTakeover(takeovers: readonly Takeover[], naming: Naming): TakeoverStory | null {
  const newest = takeovers.reduce<Takeover | null>((a, b) => (a && a.atMs >= b.atMs ? a : b), null);
  if (!newest) return null;
  const event = takeovers.filter(
    (other) => other.from === newest.from && other.planned === newest.planned && newest.atMs - other.atMs <= togetherMs,
  );
  const partitions = new Set(event.flatMap((takeover) => takeover.partitions));
  const heirs = [...new Set(event.map((takeover) => takeover.to))];
  const engines = newest.from === null ? heirs : [newest.from, ...heirs];
  const name = naming(engines);
  const to = heirs.map(name).sort();
  const tookMs = event.reduce<number | null>(
    (max, { tookMs }) => (tookMs === null ? max : Math.max(max ?? 0, tookMs)),
    null,
  );
  const took = tookMs === null ? '' : ` in ${durationText(tookMs)}`;
  const tell = (who: string, count: string) =>
    newest.from === null
      ? `${who} claimed ${count}${took}`
      : newest.planned
        ? `${name(newest.from)} handed ${count} to ${who}${took}`
        : `${who} took ${count} from ${name(newest.from)}${took}`;
  return {
    atMs: newest.atMs,
    partitions,
    engines,
    sentence: tell(
      to.length <= namedMax ? to.join(' and ') : `${to.length} engines`,
      plural(partitions.size, 'partition'),
    ),
    brief: tell(to.length === 1 ? (to[0] as string) : `${to.length} engines`, String(partitions.size)),
  };
}
