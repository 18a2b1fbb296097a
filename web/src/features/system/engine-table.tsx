import type { System } from '@smart-wallet/client';
import { countText, durationText } from '../../figures/format.js';
import { Id } from '../../ui/console/id.js';
import { State } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import { type Engine, engineState, enginesOf } from './engines.js';

const mebibyte = 1_048_576;

/** Each engine: since when, how much it owns, how much waits in it, and how large its batches are. */
export function EngineTable({ system }: { system: System }) {
  const engines = enginesOf(system);
  if (engines.length === 0) return <p className="muted">No engine runs: payments wait.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no wheel scrolls it with the keys.
    <section className="wide-table" aria-label="Engines, as a table" tabIndex={0}>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Engine</th>
            <th scope="col">State</th>
            <th scope="col">Since</th>
            <th scope="col" className="cell-end">
              Partitions
            </th>
            <th scope="col" className="cell-end">
              Queued
            </th>
            <th scope="col" className="cell-end">
              Oldest waits
            </th>
            <th scope="col" className="cell-end">
              A batch
            </th>
            <th scope="col" className="cell-end">
              Fenced
            </th>
            <th scope="col" className="cell-end">
              Memory
            </th>
            <th scope="col">Id</th>
          </tr>
        </thead>
        <tbody>
          {engines.map((engine) => (
            <EngineRow key={engine.engineId} engine={engine} hasLive={system.heard !== null} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function EngineRow({ engine, hasLive }: { engine: Engine; hasLive: boolean }) {
  const { engineId, name, letter, partitions, owner, heard } = engine;
  const perBatch = owner?.perBatch;
  return (
    <tr>
      <td>
        <span className="engine-letter">{letter}</span> {name}
      </td>
      <td>
        <State state={engineState(engine, hasLive)} />
      </td>
      <td>{owner && <When at={owner.startedAt} />}</td>
      <td className="cell-end">{partitions}</td>
      <td className="cell-end">{heard ? countText(heard.mailboxDepth) : '\u2013'}</td>
      <td className="cell-end">{heard?.oldestWaitingMs == null ? '\u2013' : durationText(heard.oldestWaitingMs)}</td>
      <td className="cell-end" title="Transactions in one of its last 100 batches">
        {perBatch ? `${perBatch.mean} (most ${countText(perBatch.most)})` : '\u2013'}
      </td>
      <td className="cell-end" title="Calls refused since another engine owned the partition">
        {heard ? countText(heard.fencedCalls) : '\u2013'}
      </td>
      <td className="cell-end">{heard ? `${countText(Math.round(heard.memoryBytes / mebibyte))} MiB` : '\u2013'}</td>
      <td>
        <Id id={engineId} />
      </td>
    </tr>
  );
}
