import { type LiveFrame, type LiveWorker, liveSilentAfterMs } from '@smart-wallet/engine/contract/live.js';
import { countText, durationText, plural, shortCount } from '../figures/format.js';
import type { BoardView } from './board-store.js';
import { breachOf } from './breach.js';
import { engineFreshness } from './freshness.js';
import { type SeenWorkers, workerLook, workerName } from './seen-workers.js';
import { latestTakeover, type TakeoverStory } from './takeover-words.js';
import { Empty, Tile } from './tile.js';

/** A partition that changed its owner keeps its ring, and the change its words, this long. */
const ringForMs = 60_000;
const tellForMs = 300_000;
/** So many workers are named in large type, so many in a row of their own. */
const largeWorkersMax = 2;
const rowWorkersMax = 4;

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
      {() => (view.frame ? <Partitions frame={view.frame} workers={view.workers} ownerless={ownerless} /> : null)}
    </Tile>
  );
}

function Partitions({ frame, workers, ownerless }: { frame: LiveFrame; workers: SeenWorkers; ownerless: number }) {
  // A first claim takes nothing over.
  const takeovers = frame.takeovers.filter(({ from }) => from !== null);
  const takeover = latestTakeover(takeovers, (worker) => workerName(workers, worker));
  const told = takeover && frame.madeAtMs - takeover.atMs < tellForMs ? takeover : null;
  if (frame.partitions.length === 0) return <Empty>No partition is known yet</Empty>;
  const roomy = !told && ownerless === 0;
  // The sentence tells of the one that went.
  const named = told && ownerless === 0 ? frame.workers.filter((worker) => !isSilent(worker)) : frame.workers;
  return (
    <>
      <PartitionMap frame={frame} workers={workers} ringed={ringed(frame, takeover)} tight={!roomy} />
      {ownerless > 0 ? (
        <p className="takeover">{countText(ownerless)} without an owner</p>
      ) : (
        told && (
          <p className="takeover" data-testid="takeover" title={told.sentence}>
            {told.brief}
          </p>
        )
      )}
      <Legend workers={workers} live={named} owned={ownedCounts(frame)} roomy={roomy} />
    </>
  );
}

function ringed(frame: LiveFrame, takeover: TakeoverStory | null): ReadonlySet<number> {
  return takeover && frame.madeAtMs - takeover.atMs < ringForMs ? takeover.partitions : new Set();
}

interface MapProps {
  frame: LiveFrame;
  workers: SeenWorkers;
  ringed: ReadonlySet<number>;
  /** Something is to be said below. */
  tight: boolean;
}

function PartitionMap({ frame: { partitions, workers: live }, workers, ringed, tight }: MapProps) {
  const columns = Math.max(8, Math.ceil(Math.sqrt(partitions.length * 4)));
  const summary = live.map((worker) => `${worker.name} owns ${worker.partitions}`).join(', ');
  const ownerless = partitions.filter(([, owner]) => owner === null).length;
  return (
    <div
      className={tight ? 'partition-map partition-map-tight' : 'partition-map'}
      role="img"
      aria-label={`${plural(partitions.length, 'partition')}: ${summary || 'no worker'}, ${ownerless} without an owner`}
      style={{ '--columns': columns } as React.CSSProperties}
    >
      {partitions.map(([epoch, owner], partition) => {
        const name = owner && workerName(workers, owner);
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
            data-look={owner === null ? undefined : workerLook(workers, owner)}
            title={`Partition ${partition}: ${name ?? 'no owner'}, epoch ${epoch}`}
          />
        );
      })}
    </div>
  );
}

interface LegendProps {
  workers: SeenWorkers;
  live: readonly LiveWorker[];
  /** Partitions by owner, as the map shows them. */
  owned: ReadonlyMap<string, number>;
  /** Nothing else is to be said below the map. */
  roomy: boolean;
}

function Legend({ workers, live, owned, roomy }: LegendProps) {
  const rows = roomy && live.length <= rowWorkersMax;
  const className = rows
    ? live.length <= largeWorkersMax
      ? 'legend'
      : 'legend detail'
    : 'legend legend-compact detail';
  return (
    <ul className={className}>
      {live.map((worker) => {
        const silent = isSilent(worker);
        return (
          <li key={worker.workerId} title={workerTitle(worker)} data-worker={worker.name}>
            <i
              className="cell"
              data-look={workerLook(workers, worker.workerId)}
              data-state={silent ? 'ownerless' : 'owned'}
            />
            <span className="legend-name">{worker.name}</span>
            {rows && !silent && <span className="quiet legend-depth">{shortCount(worker.mailboxDepth)} queued</span>}
            <span className="legend-count">{silent ? 'silent' : (owned.get(worker.workerId) ?? 0)}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** Not what the workers say of themselves: around a takeover both may name a partition. */
function ownedCounts({ partitions }: LiveFrame): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, owner] of partitions) if (owner !== null) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return counts;
}

function isSilent(worker: LiveWorker): boolean {
  return worker.heardMsAgo > liveSilentAfterMs;
}

function workerTitle(worker: LiveWorker): string {
  const oldest = worker.oldestWaitingMs === null ? '' : `, oldest ${durationText(worker.oldestWaitingMs)}`;
  return `${worker.name} (${worker.workerId}): ${plural(worker.partitions, 'partition')}, ${plural(worker.mailboxDepth, 'payment')} queued${oldest}, heard ${durationText(worker.heardMsAgo)} ago`;
}
