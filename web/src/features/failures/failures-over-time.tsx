import type { FailureAnalysis } from '@smart-wallet/client';
import { Link } from '@tanstack/react-router';
import { countText } from '../../figures/format.js';
import { shareText } from './failure-words.js';

const stepMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
const shownMax = 24;

/** The steps of the time in which something failed, newest first; each leads to its transactions. */
export function FailuresOverTime({ analysis: { buckets, bucket } }: { analysis: FailureAnalysis }) {
  const failing = buckets.filter(({ failed }) => failed > 0).reverse();
  const shown = failing.slice(0, shownMax);
  const most = Math.max(1, ...shown.map(({ failed }) => failed));
  return (
    <div className="wide-table">
      <table className="plain-table over-time">
        <thead>
          <tr>
            <th scope="col">From (UTC)</th>
            <th scope="col" className="cell-end">
              Failed
            </th>
            <th scope="col" className="over-time-bars" aria-label="Of the most" />
            <th scope="col" className="cell-end">
              Of all
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ at, failed, total }) => (
            <tr key={at}>
              <td>
                <Link to="/transactions" search={{ status: 'FAILED', from: at, to: endOf(at, bucket) } as never}>
                  {at.slice(0, bucket === 'day' ? 10 : 16).replace('T', ' ')}
                </Link>
              </td>
              <td className="cell-end">{countText(failed)}</td>
              <td className="over-time-bars" aria-hidden="true">
                <i style={{ width: `${(failed / most) * 100}%` }} />
              </td>
              <td className="cell-end">{shareText(total === 0 ? 0 : failed / total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {failing.length > shownMax && (
        <p className="muted">
          Only the newest {shownMax} of {countText(failing.length)} with failures are shown.
        </p>
      )}
    </div>
  );
}

function endOf(at: string, bucket: string): string {
  return new Date(Date.parse(at) + (stepMs[bucket as keyof typeof stepMs] ?? stepMs.hour)).toISOString();
}
