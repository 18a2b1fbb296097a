import { type LiveEngine, type LiveFrame, liveSilentAfterMs } from '@smart-wallet/engine/contract/live.js';
import { countText, durationText, plural, shortCount } from '../../../figures/format.js';
import type { BoardView } from '../store/board-store.js';
import { breachOf } from '../store/breach.js';
import { engineFreshness } from '../store/freshness.js';
import { engineLook, engineName, type SeenEngines, standsBy } from '../store/seen-engines.js';
import { Empty, Tile } from '../tiles/tile.js';
import { namesTogether } from './engine-names.js';
import { latestTakeover, type TakeoverStory } from './takeover-words.js';

/** A partition that changed its owner keeps its ring, and the change its words, this long. */
const ringForMs = 60_000;
const tellForMs = 300_000;
/** Characters of an engine's name in the sentence; a sentence longer than that is set smaller, so that two lines hold it. */
const storyNameCharsMax = 14;
const largeBriefCharsMax = 41;
/** Engines there is room for. */
const legendEnginesMax = 8;
type LegendLayout = 'large' | 'rows' | 'columns' | 'marks';
const legendNameCharsMax: Readonly<Record<LegendLayout, number>> = { large: 9, rows: 18, columns: 12, marks: 60 };

export function PartitionsTile({ view }: { view: BoardView }) {
  const ownerless = view.figures?.ownerless ?? 0;
  const owned = view.frame && view.frame.partitions.length - ownerless;
  return (
    <Tile
      name="partitions"
      title="Partitions"
      aside={owned !== null && `${owned} owned`}
      freshness={engineFreshness(view)}
      breach={breachOf(view, 'OWNERLESS', 'ENGINE_SILENT')}
    >
      {() => (view.frame ? <Partitions frame={view.frame} engines={view.engines} ownerless={ownerless} /> : null)}
    </Tile>
  );
}

function Partitions({ frame, engines, ownerless }: { frame: LiveFrame; engines: SeenEngines; ownerless: number }) {
  // A first claim takes nothing over.
  const takeovers = frame.takeovers.filter(({ from }) => from !== null);
  // Those who stand beside the sentence are told apart from those in it.
  const heard = frame.workers.filter((engine) => !isSilent(engine)).map((engine) => engine.workerId);
  const takeover = latestTakeover(takeovers, (involved) =>
    namesTogether(engines, storyNameCharsMax)([...involved, ...heard]),
  );
  const told = takeover && ownerless === 0 && frame.madeAtMs - takeover.atMs < tellForMs ? takeover : null;
  if (frame.partitions.length === 0) return <Empty>No partition is known yet</Empty>;
  const roomy = !told && ownerless === 0;
  // The sentence tells of the one that went.
  const named = told ? frame.workers.filter((engine) => !isSilent(engine)) : frame.workers;
  return (
    <>
      <PartitionMap frame={frame} engines={engines} ringed={ringed(frame, takeover)} tight={!roomy} />
      {ownerless > 0 && <p className="takeover">{countText(ownerless)} without an owner</p>}
      {told && (
        <p
          className={told.brief.length > largeBriefCharsMax ? 'takeover takeover-long' : 'takeover'}
          data-testid="takeover"
          title={told.sentence}
        >
          {told.brief}
        </p>
      )}
      <Legend engines={engines} live={named} told={told?.engines ?? []} owned={ownedCounts(frame)} roomy={roomy} />
    </>
  );
}

function ringed(frame: LiveFrame, takeover: TakeoverStory | null): ReadonlySet<number> {
  return takeover && frame.madeAtMs - takeover.atMs < ringForMs ? takeover.partitions : new Set();
}

interface MapProps {
  frame: LiveFrame;
  engines: SeenEngines;
  ringed: ReadonlySet<number>;
  /** Something is to be said below. */
  tight: boolean;
}

function PartitionMap({ frame: { partitions, workers: live }, engines, ringed, tight }: MapProps) {
  const columns = Math.max(8, Math.ceil(Math.sqrt(partitions.length * 4)));
  const summary = live
    .map((engine) => (standsBy(engine) ? `${engine.name} stands by` : `${engine.name} owns ${engine.partitions}`))
    .join(', ');
  const ownerless = partitions.filter(([, owner]) => owner === null).length;
  return (
    <div
      className={tight ? 'partition-map partition-map-tight' : 'partition-map'}
      role="img"
      aria-label={`${plural(partitions.length, 'partition')}: ${summary || 'no engine'}, ${ownerless} without an owner`}
      style={{ '--columns': columns } as React.CSSProperties}
    >
      {partitions.map(([epoch, owner], partition) => {
        const name = owner && engineName(engines, owner);
        const state = owner === null ? 'ownerless' : ringed.has(partition) ? 'taken' : 'owned';
        return (
          <i
            // biome-ignore lint/suspicious/noArrayIndexKey: a partition is its number
            key={partition}
            className="cell"
            data-partition={partition}
            data-owner={name ?? ''}
            data-epoch={epoch}
            data-state={state}
            data-look={owner === null ? undefined : engineLook(engines, owner)}
            title={`Partition ${partition}: ${name ?? 'no owner'}, epoch ${epoch}`}
          />
        );
      })}
    </div>
  );
}

interface LegendProps {
  engines: SeenEngines;
  live: readonly LiveEngine[];
  /** Ids of those whom the sentence above tells of. */
  told: readonly string[];
  /** Partitions by owner, as the map shows them. */
  owned: ReadonlyMap<string, number>;
  /** Nothing else is to be said below the map. */
  roomy: boolean;
}

function Legend({ engines, live, told, owned, roomy }: LegendProps) {
  const shown = live.length > legendEnginesMax ? live.slice(0, legendEnginesMax - 1) : live;
  const layout = legendLayout(shown, roomy);
  const ids = live.map((engine) => engine.workerId);
  const name = namesTogether(engines, legendNameCharsMax[layout])([...told, ...ids]);
  return (
    <ul className={layout === 'large' ? 'legend' : `legend legend-${layout} detail`}>
      {shown.map((engine) => {
        const silent = isSilent(engine);
        return (
          <li key={engine.workerId} title={engineTitle(engine)} data-engine={engine.name}>
            <i
              className="cell"
              data-look={engineLook(engines, engine.workerId)}
              data-state={silent ? 'ownerless' : 'owned'}
            />
            <span className={layout === 'marks' ? 'legend-name sr-only' : 'legend-name'}>{name(engine.workerId)}</span>
            {roomy && layout !== 'columns' && !silent && !standsBy(engine) && (
              <span className="quiet legend-depth">{shortCount(engine.mailboxDepth)} queued</span>
            )}
            <span className="legend-count">{legendCount(engine, owned, layout)}</span>
          </li>
        );
      })}
      {shown.length < live.length && <li className="quiet">and {live.length - shown.length} more</li>}
    </ul>
  );
}

/** The largest that has room: a row for each, two columns, or their marks alone, whose names the details tell. */
function legendLayout(live: readonly LiveEngine[], roomy: boolean): LegendLayout {
  if (roomy) {
    if (live.length <= 2 && live.every(({ name }) => name.length <= legendNameCharsMax.large)) return 'large';
    return live.length <= 4 ? 'rows' : 'columns';
  }
  if (live.length <= 2) return 'rows';
  return live.length <= 4 ? 'columns' : 'marks';
}

/** Not what the engines say of themselves: around a takeover both may name a partition. */
function ownedCounts({ partitions }: LiveFrame): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, owner] of partitions) if (owner !== null) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return counts;
}

function legendCount(engine: LiveEngine, owned: ReadonlyMap<string, number>, layout: LegendLayout): string | number {
  if (isSilent(engine)) return 'silent';
  const count = owned.get(engine.workerId) ?? 0;
  return count === 0 && standsBy(engine) && layout !== 'marks' ? 'standby' : count;
}

function isSilent(engine: LiveEngine): boolean {
  return engine.heardMsAgo > liveSilentAfterMs;
}

function engineTitle(engine: LiveEngine): string {
  const oldest = engine.oldestWaitingMs === null ? '' : `, oldest ${durationText(engine.oldestWaitingMs)}`;
  const owns = standsBy(engine) ? 'stands by' : plural(engine.partitions, 'partition');
  return `${engine.name} (${engine.workerId}): ${owns}, ${plural(engine.mailboxDepth, 'payment')} queued${oldest}, heard ${durationText(engine.heardMsAgo)} ago`;
}
