import { memo, useMemo } from 'react';
import { Bar, BarChart, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { failureBucketSeconds, failureCodes, failurePoints, timeSpan } from '../../../figures/chart-points.js';
import { countText, percentText, shortCount, successText } from '../../../figures/format.js';
import { lastBusySecond } from '../../../figures/window.js';
import { consoleOf } from '../console-links.js';
import type { BoardView } from '../store/board-store.js';
import { breachOf } from '../store/breach.js';
import { ledgerFreshness } from '../store/freshness.js';
import { Empty, Tile } from './tile.js';

/** Lines of the legend: with more codes than that, the last one is all the others. */
const linesMax = 3;
const others = 'others';

export function SuccessTile({ view }: { view: BoardView }) {
  const target = view.about && `\u2265 ${percentText(view.about.targets.successPercent)} %`;
  return (
    <Tile
      name="success"
      title="Success"
      href={consoleOf('/transactions?status=FAILED')}
      aside={target}
      freshness={ledgerFreshness(view)}
      breach={breachOf(view, 'FAILING')}
    >
      {() =>
        lastBusySecond(view.seconds) === null ? <Empty>No payment to judge.</Empty> : <SuccessFigures view={view} />
      }
    </Tile>
  );
}

function SuccessFigures({ view }: { view: BoardView }) {
  const { succeeded = 0, failed = 0 } = view.figures?.lastMinute ?? {};
  const total = succeeded + failed;
  return (
    <>
      <p
        className={total === 0 ? 'figure none' : 'figure'}
        data-testid="success"
        title="Of what was committed in the last minute"
      >
        {total === 0 ? '\u2013' : successText(succeeded, failed)}
        {total > 0 && <span className="unit"> %</span>}
      </p>
      <p className="figure-words">
        {total === 0 ? <span className="quiet">none in the last minute</span> : failedWords(failed, total)}
      </p>
      <FailureChart seconds={view.seconds} />
    </>
  );
}

function failedWords(failed: number, total: number) {
  return failed === 0 ? (
    <span className="quiet">none failed in a minute</span>
  ) : (
    <>
      {shortCount(failed)} <span className="quiet">of {shortCount(total)} failed</span>
    </>
  );
}

/** Drawn when a second has closed, not with every frame. */
const FailureChart = memo(function FailureChart({ seconds }: { seconds: BoardView['seconds'] }) {
  const { codes, rows } = useMemo(() => stacked(seconds), [seconds]);
  const summary = codes.map(([code, count]) => `${code} ${countText(count)}`).join(', ');
  return (
    <figure className="chart">
      <StackPatterns />
      <div
        className="chart-area"
        role="img"
        aria-label={`Failures in the last 15 minutes by code: ${summary || 'none'}. Press D for the table.`}
      >
        <ResponsiveContainer width="100%" height="100%">
          <BarChart data={rows} margin={{ top: 4, right: 0, bottom: 0, left: 0 }} accessibilityLayer={false} barGap={0}>
            <XAxis dataKey="at" hide />
            <YAxis domain={[0, (max: number) => Math.max(4, max)]} hide />
            {codes.map(([code], index) => (
              <Bar key={code} dataKey={code} stackId="codes" fill={`url(#stack-${index})`} isAnimationActive={false} />
            ))}
          </BarChart>
        </ResponsiveContainer>
      </div>
      <figcaption className="detail stack-legend">
        {codes.length === 0 && <span>no failure in 15 min</span>}
        {codes.map(([code, count], index) => (
          <span key={code} data-failure-code={code}>
            <svg className="stack-key" viewBox="0 0 20 20" aria-hidden="true">
              <rect width="20" height="20" fill={`url(#stack-${index})`} />
            </svg>
            <span className="stack-code">{code}</span> {countText(count)}
          </span>
        ))}
      </figcaption>
    </figure>
  );
});

/** Solid, hatched, dotted: told apart without colour. */
function StackPatterns() {
  return (
    <svg className="stack-patterns" aria-hidden="true">
      <defs>
        <pattern id="stack-0" width="8" height="8" patternUnits="userSpaceOnUse">
          <rect width="8" height="8" fill="currentColor" />
        </pattern>
        <pattern id="stack-1" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="3" height="6" fill="currentColor" />
        </pattern>
        <pattern id="stack-2" width="6" height="6" patternUnits="userSpaceOnUse">
          <circle cx="3" cy="3" r="1.6" fill="currentColor" />
        </pattern>
      </defs>
    </svg>
  );
}

function stacked(seconds: BoardView['seconds']) {
  const all = failureCodes(seconds);
  const kept = all.length > linesMax ? all.slice(0, linesMax - 1) : all;
  const rest = all.slice(kept.length);
  const codes: [string, number][] =
    rest.length === 0 ? kept : [...kept, [others, rest.reduce((sum, [, count]) => sum + count, 0)]];
  const restCodes = rest.map(([code]) => code);
  const byAt = new Map(failurePoints(seconds).map((point) => [point.at, point.byCode]));
  const [from, to] = timeSpan(seconds);
  const rows = [];
  // Every bucket of the 15 minutes has its place, whether there is data for it or not.
  const first = Math.ceil(from / failureBucketSeconds) * failureBucketSeconds;
  for (let at = first; at + failureBucketSeconds <= to; at += failureBucketSeconds) {
    const byCode = byAt.get(at);
    const row: Record<string, number> = { at };
    for (const [code] of kept) row[code] = byCode?.get(code) ?? 0;
    if (rest.length > 0) row[others] = restCodes.reduce((sum, code) => sum + (byCode?.get(code) ?? 0), 0);
    rows.push(row);
  }
  return { codes, rows };
}
