import type { System } from '@smart-wallet/client';
import { plural } from '../../figures/format.js';
import { Notice } from '../../ui/console/notice.js';
import { enginesOf, runsOf } from './engines.js';

/** Every partition with its owner's letter; those that nobody owns are named. */
export function PartitionMap({ system }: { system: System }) {
  const { partitions } = system;
  const engines = new Map(enginesOf(system).map((engine) => [engine.engineId, engine]));
  const numbers = (those: typeof partitions) => runsOf(those.map(({ partition }) => partition));
  const orphans = partitions.filter(({ engineId }) => engineId === null);
  const stopped = partitions.filter(({ eventsStopped }) => eventsStopped);
  return (
    <>
      {orphans.length > 0 && (
        <Notice
          severity="critical"
          title={`${plural(orphans.length, 'partition')} without an owner: ${numbers(orphans)}`}
        >
          Payments of their wallets wait until an engine takes them over.
        </Notice>
      )}
      {stopped.length > 0 && (
        <Notice
          severity="critical"
          title={`The events of ${plural(stopped.length, 'partition')} stopped: ${numbers(stopped)}`}
        >
          Payments go on. The relay’s log says what it could not make an event of.
        </Notice>
      )}
      <ol className="partition-map" aria-label="Partitions">
        {partitions.map(({ partition, epoch, engineId, sequence }) => {
          const owner = engineId === null ? null : engines.get(engineId);
          const words = `Partition ${partition}: ${owner?.name ?? (engineId === null ? 'nobody' : 'an engine that is not heard')}, epoch ${epoch}, events through ${sequence}`;
          return (
            <li key={partition} className={owner ? 'cell-owned' : 'cell-orphan'} title={words}>
              <span className="sr-only">{words}</span>
              <span aria-hidden="true">
                {partition}
                <b>{owner?.letter ?? '?'}</b>
              </span>
            </li>
          );
        })}
      </ol>
    </>
  );
}
