import { memo, useMemo } from 'react';
import { Line, LineChart, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { latencyBucketSeconds, latencyPoints, timeSpan } from '../../../figures/chart-points.js';
import { durationParts, durationText } from '../../../figures/format.js';
import type { Percentile } from '../../../figures/percentile.js';
import { lastBusySecond } from '../../../figures/window.js';
import type { BoardView } from '../store/board-store.js';
import { breachOf } from '../store/breach.js';
import { ledgerFreshness } from '../store/freshness.js';
import { Empty, Tile } from './tile.js';

const none = '\u2013';
/** Above the SLA's line, for its label. */
const headroom = 1.6;

export function LatencyTile({ view }: { view: BoardView }) {
  const slaMs = view.about?.targets.latencyP99Ms ?? null;
  return (
    <Tile
      name="latency"
      title="Latency p99"
      aside={slaMs !== null && `\u2264 ${durationText(slaMs)}`}
      freshness={ledgerFreshness(view)}
      breach={breachOf(view, 'SLOW')}
    >
      {() =>
        lastBusySecond(view.seconds) === null ? (
          <Empty>No payment to measure.</Empty>
        ) : (
          <>
            <Hero p99={view.figures?.p99 ?? null} />
            <p className="figure-words">
              <Lower p50={view.figures?.p50 ?? null} p95={view.figures?.p95 ?? null} />
            </p>
            <LatencyChart seconds={view.seconds} slaMs={slaMs ?? 0} />
          </>
        )
      }
    </Tile>
  );
}

function Hero({ p99 }: { p99: Percentile | null }) {
  if (!p99)
    return (
      <p className="hero none" data-testid="latency-p99">
        {none}
      </p>
    );
  const [figure, unit] = durationParts(p99.ms);
  return (
    <p className="hero" data-testid="latency-p99" title="Of what was committed in the last minute">
      {p99.atLeast && <span className="unit">{'> '}</span>}
      {figure}
      <span className="unit"> {unit}</span>
    </p>
  );
}

/** A unit that both share is said once. */
function Lower({ p50, p95 }: { p50: Percentile | null; p95: Percentile | null }) {
  const [lower, lowerUnit] = parts(p50);
  const [upper, unit] = parts(p95);
  return (
    <>
      <span className="quiet">p50</span> {lower}
      {lowerUnit !== unit && <span className="quiet"> {lowerUnit}</span>}
      <span className="quiet gap">p95</span> {upper} <span className="quiet">{unit}</span>
    </>
  );
}

function parts(value: Percentile | null): [figure: string, unit: string] {
  if (!value) return [none, ''];
  const [figure, unit] = durationParts(value.ms);
  return [value.atLeast ? `> ${figure}` : figure, unit];
}

/** Drawn when a second has closed, not with every frame. */
const LatencyChart = memo(function LatencyChart({ seconds, slaMs }: { seconds: BoardView['seconds']; slaMs: number }) {
  const points = useMemo(() => latencyPoints(seconds), [seconds]);
  const peak = points.reduce((max, point) => Math.max(max, point.p99Ms ?? 0), 0);
  const summary = `99th percentile in the last 15 minutes, every ${latencyBucketSeconds} s. Peak ${durationText(peak)}, SLA ${durationText(slaMs)}.`;
  return (
    <figure className="chart">
      <div className="chart-area" role="img" aria-label={summary}>
        <ResponsiveContainer width="100%" height="100%">
          <LineChart data={points} margin={{ top: 4, right: 0, bottom: 2, left: 0 }} accessibilityLayer={false}>
            <XAxis dataKey="at" type="number" domain={timeSpan(seconds)} hide allowDataOverflow />
            <YAxis domain={[0, Math.max(slaMs, peak) * headroom]} hide />
            <ReferenceLine
              y={slaMs}
              label={{ value: 'SLA', position: 'insideBottomLeft', className: 'sla-label', fill: '' }}
            />
            <Line dataKey="p99Ms" type="linear" isAnimationActive={false} dot={false} activeDot={false} />
          </LineChart>
        </ResponsiveContainer>
      </div>
    </figure>
  );
});
