import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { plural } from '../../figures/format.js';
import { groupedAmount } from '../../figures/money.js';
import { Chart } from '../../ui/chart/chart.js';
import { Loaded } from '../../ui/console/loaded.js';

const hourMs = 3_600_000;
const everyMs = 10_000;
const spans = { day: 24 * hourMs, week: 7 * 24 * hourMs, month: 30 * 24 * hourMs } as const;
type Span = keyof typeof spans;

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

interface Point {
  readonly at: string;
  readonly balance: string;
}

/** How a wallet's balance went: it holds between two entries. */
export function BalanceLine({ id, madeAt }: { id: string; madeAt: string }) {
  const { platform } = useSigned();
  const [span, setSpan] = useState<Span>('day');
  const query = useQuery({
    queryKey: ['wallet', id, 'balances', span],
    queryFn: ({ signal }) => {
      const nowMs = Date.now();
      // Before it was made there is nothing to draw.
      const fromMs = Math.min(Math.max(nowMs - spans[span], Date.parse(madeAt)), nowMs - 1);
      const period = { from: new Date(fromMs).toISOString(), to: new Date(nowMs).toISOString() };
      return answered(platform.api.getBalanceLine({ path: { id }, query: period, signal }));
    },
    refetchInterval: everyMs,
    // Another span's of this wallet, never another wallet's.
    placeholderData: (before, query) => (query?.queryKey[1] === id ? before : undefined),
  });
  return (
    <>
      <label className="field field-small">
        <span>Of the last</span>
        <select value={span} onChange={(event) => setSpan(event.target.value as Span)}>
          {Object.keys(spans).map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      <Loaded query={query} what="its balance over time">
        {({ items, currency, entries }) => (
          <>
            <Chart<Point>
              title={`Balance (${currency})`}
              points={items}
              at={({ at }) => Date.parse(at)}
              atLabel="Time (UTC)"
              atWords={span === 'day' ? clock : day}
              series={[
                {
                  ...{ label: 'Balance', look: 'steps' },
                  // For drawing alone.
                  value: ({ balance }) => Number(balance),
                  words: ({ balance }) => `${groupedAmount(balance)} ${currency}`,
                },
              ]}
              valueWords={(value) => compact.format(value)}
              emptyWords="It has no balance yet."
            />
            {entries > items.length - 2 && (
              <p className="muted">
                {plural(entries, 'entry').replace('entrys', 'entries')}, of which {items.length - 2} are drawn, evenly
                chosen.
              </p>
            )}
          </>
        )}
      </Loaded>
    </>
  );
}

function clock(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}

function day(atMs: number): string {
  return new Date(atMs).toISOString().slice(5, 16).replace('T', ' ');
}
