import { memo, useMemo } from 'react';
import { Area, AreaChart, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { type RatePoint, rateBucketSeconds, ratePoints, timeSpan } from '../../../figures/chart-points.js';
import { rateText } from '../../../figures/format.js';
import { lastBusySecond, paymentsPerSecond, rateWindowSeconds } from '../../../figures/window.js';
import { consoleOf } from '../console-links.js';
import type { BoardView } from '../store/board-store.js';
import { ledgerFreshness } from '../store/freshness.js';
import { Empty, Tile } from './tile.js';

/** Above the peak, for the comma of the figure over it. */
const headroom = 1.18;

export function PaymentsTile({ view }: { view: BoardView }) {
  return (
    <Tile name="payments" href={consoleOf('/transactions')} title={<PaymentsTitle />} freshness={ledgerFreshness(view)}>
      {() => (
        <>
          <p className="hero" data-testid="payments-per-second" title={`Mean of the last ${rateWindowSeconds} s`}>
            {rateText(view.figures?.perSecond ?? 0)}
          </p>
          {lastBusySecond(view.seconds) === null ? (
            <Empty action="POST /api/payments makes one">No payment in the last 15 minutes.</Empty>
          ) : (
            <RateChart seconds={view.seconds} />
          )}
        </>
      )}
    </Tile>
  );
}

function PaymentsTitle() {
  return (
    <>
      Payments <span className="per">/ s</span>
    </>
  );
}

/** Drawn when a second has closed, not with every frame. */
const RateChart = memo(function RateChart({ seconds }: { seconds: BoardView['seconds'] }) {
  const points = useMemo(() => ratePoints(seconds), [seconds]);
  // The last bucket is not whole yet: the figure above the chart may be higher than all of them.
  const peak = points.reduce((max, point) => Math.max(max, point.perSecond), paymentsPerSecond(seconds) ?? 0);
  const summary = `Payments per second in the last 15 minutes, means of ${rateBucketSeconds} s. Peak ${rateText(peak)}.`;
  return (
    <figure className="chart">
      <div className="chart-area" role="img" aria-label={`${summary} ${trend(points)} Press D for the table.`}>
        <ResponsiveContainer width="100%" height="100%">
          <AreaChart data={points} margin={{ top: 4, right: 0, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <XAxis dataKey="at" type="number" domain={timeSpan(seconds)} hide allowDataOverflow />
            <YAxis domain={[0, Math.max(1, peak) * headroom]} hide />
            <Area dataKey="perSecond" type="linear" isAnimationActive={false} dot={false} activeDot={false} />
          </AreaChart>
        </ResponsiveContainer>
      </div>
      <figcaption className="detail chart-caption">
        <span>15 min, {rateBucketSeconds} s means</span>
        <span>peak {rateText(peak)}</span>
      </figcaption>
    </figure>
  );
});

function trend(points: readonly RatePoint[]): string {
  const first = points[0];
  const last = points.at(-1);
  return first && last ? `From ${rateText(first.perSecond)} to ${rateText(last.perSecond)}.` : '';
}
