import type { FailureAnalysis } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { countText } from '../../figures/format.js';
import { Chart } from '../../ui/chart/chart.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** It is over: asked again only for what was rolled up late. */
const yesterdayEveryMs = 600_000;

interface Hour {
  readonly atMs: number;
  /** null: still to come, or not known. */
  readonly today: number | null;
  readonly yesterday: number | null;
}

/** Transactions of each hour of today, beside the same hour of the whole of yesterday. */
export function Hours({ today, midnightMs }: { today: FailureAnalysis; midnightMs: number }) {
  const { platform } = useSigned();
  const { data: yesterday } = useQuery({
    queryKey: ['overview', 'yesterday', midnightMs],
    queryFn: ({ signal }) => {
      const range = { from: new Date(midnightMs - dayMs).toISOString(), to: new Date(midnightMs).toISOString() };
      return answered(platform.api.analyzeFailures({ query: { ...range, bucket: 'hour' }, signal }));
    },
    staleTime: yesterdayEveryMs,
    refetchInterval: yesterdayEveryMs,
  });
  return (
    <Chart<Hour>
      title="Transactions an hour"
      points={hoursOf(midnightMs, today, yesterday)}
      at={({ atMs }) => atMs}
      atLabel="Hour (UTC)"
      atWords={(atMs) => new Date(atMs).toISOString().slice(11, 16)}
      series={[
        { label: 'Today', look: 'bars', value: ({ today: count }) => count, words: ({ today: count }) => words(count) },
        {
          ...{ label: 'Yesterday', look: 'dashed' },
          value: ({ yesterday: count }) => count,
          words: ({ yesterday: count }) => words(count),
        },
      ]}
      valueWords={countText}
      emptyWords="Nothing has been committed yesterday or today."
    />
  );
}

/** The 24 hours of a day. */
export function hoursOf(
  midnightMs: number,
  today: Pick<FailureAnalysis, 'buckets'>,
  yesterday: Pick<FailureAnalysis, 'buckets'> | undefined,
): Hour[] {
  const totals = new Map(
    [...(yesterday?.buckets ?? []), ...today.buckets].map((each) => [Date.parse(each.at), each.total]),
  );
  return Array.from({ length: 24 }, (_, hour) => {
    const atMs = midnightMs + hour * hourMs;
    return { atMs, today: totals.get(atMs) ?? null, yesterday: totals.get(atMs - dayMs) ?? null };
  });
}

function words(count: number | null): string {
  return count === null ? '' : countText(count);
}
