import type { ReactNode } from 'react';
import { countText, durationText, plural, utcTime } from '../../../figures/format.js';
import { moneyText } from '../../../figures/money.js';
import { namesTogether } from '../partitions/engine-names.js';
import { latestTakeover } from '../partitions/takeover-words.js';
import type { BoardView } from '../store/board-store.js';
import { standsBy } from '../store/seen-engines.js';
import { SecondsTable } from './seconds-table.js';

/** The board's figures as tables, and where they come from. */
export function Details({ view }: { view: BoardView }) {
  const { frame, about } = view;
  if (!frame || !about) return <p>No data yet.</p>;
  return (
    <>
      <section>
        <h3>Stream</h3>
        <dl className="facts">
          <Fact name="Gateway">{frame.gatewayId}</Fact>
          <Fact name="Last frame">{durationText(view.frameAgeMs ?? 0)} ago</Fact>
          <Fact name="Ledger heard">{heardText(view.ledgerMs)}</Fact>
          <Fact name="Engine heard">{heardText(view.engineMs)}</Fact>
          <Fact name="Gateway's clock">{Math.round(view.clockOffsetMs)} ms from this screen's</Fact>
          <Fact name="Closed seconds held">{countText(view.seconds.length)}</Fact>
          <Fact name="Since then, provisional">
            {plural(frame.open.succeeded, 'transaction')} done, {countText(frame.open.failed)} refused, from{' '}
            {utcTime(frame.open.from * 1_000)}
          </Fact>
        </dl>
      </section>
      <section>
        <h3>Moved today, UTC</h3>
        <dl className="facts">
          {[...(view.figures?.movedToday ?? [])].map(([currency, sum]) => (
            <Fact key={currency} name={currency}>
              {moneyText(sum, currency)}
            </Fact>
          ))}
        </dl>
      </section>
      <section>
        <h3>Engines</h3>
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Id</th>
              <th scope="col">Heard</th>
              <th scope="col">Partitions</th>
              <th scope="col">Queued</th>
              <th scope="col">Oldest</th>
              <th scope="col">Late commits</th>
              <th scope="col">Looked up</th>
              <th scope="col">Memory</th>
            </tr>
          </thead>
          <tbody>
            {frame.workers.map((engine) => (
              <tr key={engine.workerId}>
                <th scope="row">{engine.name}</th>
                <td className="mono">{engine.workerId}</td>
                <td>{durationText(engine.heardMsAgo)} ago</td>
                <td>{standsBy(engine) ? 'stands by' : engine.partitions}</td>
                <td>{countText(engine.mailboxDepth)}</td>
                <td>{engine.oldestWaitingMs === null ? 'none' : durationText(engine.oldestWaitingMs)}</td>
                <td>{countText(engine.fencedCalls)}</td>
                <td>{countText(engine.unknownCalls)}</td>
                <td>{countText(engine.memoryBytes / 1_048_576)} MiB</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <section>
        <h3>Gateways</h3>
        <table>
          <thead>
            <tr>
              <th scope="col">Id</th>
              <th scope="col">Address</th>
              <th scope="col">Heard</th>
              <th scope="col">Open</th>
              <th scope="col">Oldest</th>
              <th scope="col">Screens</th>
              <th scope="col">Not accepted, last minute</th>
            </tr>
          </thead>
          <tbody>
            {frame.gateways.map((gateway) => (
              <tr key={gateway.gatewayId}>
                <th scope="row">{gateway.gatewayId}</th>
                <td className="mono">{gateway.url}</td>
                <td>{durationText(gateway.heardMsAgo)} ago</td>
                <td>{countText(gateway.openCommands)}</td>
                <td>{gateway.oldestOpenMs === null ? 'none' : durationText(gateway.oldestOpenMs)}</td>
                <td>{countText(gateway.liveConnections)}</td>
                <td>{codesText(gateway.notAccepted) || 'none'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <section>
        <h3>Takeovers</h3>
        {frame.takeovers.length === 0 && (
          <p>None that this gateway has heard of: it remembers 15 minutes, and none from before its start.</p>
        )}
        <ul>
          {frame.takeovers.map((takeover) => (
            <li key={`${takeover.atMs} ${takeover.to} ${takeover.from}`}>
              {utcTime(takeover.atMs)} {latestTakeover([takeover], namesTogether(view.engines))?.sentence}
            </li>
          ))}
        </ul>
      </section>
      <SecondsTable seconds={view.seconds} />
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function heardText(ms: number | null): string {
  return ms === null ? 'never' : `${durationText(ms)} ago`;
}

function codesText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([code, count]) => `${code} ${countText(count)}`)
    .join(', ');
}
