import type { System } from '@smart-wallet/client';
import { countText } from '../../figures/format.js';
import { stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';

/** The broker's queues: how much waits, who reads, and what went wrong there. */
export function Broker({ system: { queues, incidents } }: { system: System }) {
  return (
    <>
      {queues.length === 0 ? (
        <p className="muted">No worker runs, so nobody looks into the queues.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no wheel scrolls it with the keys.
        <section className="wide-table" aria-label="Queues, as a table" tabIndex={0}>
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">Queue</th>
                <th scope="col" className="cell-end">
                  Waiting
                </th>
                <th scope="col" className="cell-end">
                  Readers
                </th>
              </tr>
            </thead>
            <tbody>
              {queues.map(({ name, depth, consumers }) => (
                <tr key={name}>
                  <td className="mono">{name}</td>
                  <td className="cell-end">{countText(depth)}</td>
                  <td className="cell-end">{countText(consumers)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {incidents.length > 0 && (
        <>
          <h3>What went wrong there</h3>
          <ul className="history">
            {incidents.map(({ at, what, queue }) => (
              <li key={`${at} ${queue} ${what}`}>
                {stateWords(what)}: <span className="mono">{queue}</span>, <When at={at} />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
