import type { FailureAnalysis } from '@smart-wallet/client';
import { countText } from '../../figures/format.js';
import { Chart } from '../../ui/chart/chart.js';
import { shareText } from './failure-words.js';

const stepNames: Readonly<Record<string, string>> = { minute: 'minute', hour: 'hour', day: 'day' };

type Step = FailureAnalysis['buckets'][number];

/** What failed in each step of the time, and how much of all that was. */
export function FailuresOverTime({ analysis: { buckets, bucket } }: { analysis: FailureAnalysis }) {
  const shareOf = ({ failed, total }: Step) => (total === 0 ? 0 : failed / total);
  return (
    <Chart<Step>
      title={`Failed, each ${stepNames[bucket] ?? 'step'}`}
      points={buckets}
      at={({ at }) => Date.parse(at)}
      atLabel="From (UTC)"
      atWords={(atMs) => clock(atMs, bucket)}
      series={[
        {
          ...{ label: 'Failed', look: 'bars', isBad: true },
          value: ({ failed }) => failed,
          words: (step) => `${countText(step.failed)} (${shareText(shareOf(step))})`,
        },
      ]}
      valueWords={countText}
      emptyWords="Nothing was committed in this time."
    />
  );
}

function clock(atMs: number, bucket: string): string {
  const at = new Date(atMs).toISOString();
  return bucket === 'day' ? at.slice(0, 10) : `${at.slice(5, 10)} ${at.slice(11, 16)}`;
}
