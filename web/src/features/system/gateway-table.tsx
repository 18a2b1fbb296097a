import type { System } from '@smart-wallet/client';
import { countText, durationText, plural } from '../../figures/format.js';
import { Id } from '../../ui/console/id.js';

/** Each gateway that is heard, with what is under way in it. */
export function GatewayTable({ system: { heard, gateways } }: { system: System }) {
  if (heard === null)
    return <p className="muted">{plural(gateways.length, 'gateway')}; this one hears nothing of the others.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no wheel scrolls it with the keys.
    <section className="wide-table" aria-label="Gateways, as a table" tabIndex={0}>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Gateway</th>
            <th scope="col" className="cell-end">
              Under way
            </th>
            <th scope="col" className="cell-end">
              Oldest waits
            </th>
            <th scope="col" className="cell-end">
              Live streams
            </th>
            <th scope="col" className="cell-end">
              Heard
            </th>
            <th scope="col">Id</th>
          </tr>
        </thead>
        <tbody>
          {heard.gateways.map(({ gatewayId, url, openCommands, oldestOpenMs, liveConnections, heardMsAgo }) => (
            <tr key={gatewayId}>
              <td className="mono">{url}</td>
              <td className="cell-end">{countText(openCommands)}</td>
              <td className="cell-end">{oldestOpenMs === null ? '\u2013' : durationText(oldestOpenMs)}</td>
              <td className="cell-end">{countText(liveConnections)}</td>
              <td className="cell-end">{heardMsAgo < 2_000 ? 'now' : `${durationText(heardMsAgo)} ago`}</td>
              <td>
                <Id id={gatewayId} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
