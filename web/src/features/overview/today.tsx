import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { countText, successText } from '../../figures/format.js';
import { Loaded } from '../../ui/console/loaded.js';
import { stateWords } from '../../ui/console/state.js';
import { Hours } from './hours.js';

const everyMs = 10_000;
const dayMs = 86_400_000;
const codesShown = 4;

/** Transactions and failures since midnight, UTC, beside the same hours of yesterday. Each leads to its rows. */
export function Today() {
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['overview', 'today'],
    queryFn: async ({ signal }) => {
      const nowMs = Date.now();
      const midnightMs = nowMs - (nowMs % dayMs);
      const of = (fromMs: number, toMs: number) => {
        const range = {
          from: new Date(fromMs).toISOString(),
          to: new Date(toMs).toISOString(),
          bucket: 'hour' as const,
        };
        return answered(platform.api.analyzeFailures({ query: range, signal }));
      };
      const [today, yesterday] = await Promise.all([of(midnightMs, nowMs), of(midnightMs - dayMs, nowMs - dayMs)]);
      return { today, yesterday, midnightMs, from: new Date(midnightMs).toISOString() };
    },
    refetchInterval: everyMs,
  });
  return (
    <Loaded query={query} what="today’s figures">
      {({ today, yesterday, midnightMs, from }) => (
        <>
          <div className="tiles">
            <Tile
              title="Transactions"
              figure={countText(today.total)}
              beside={`${countText(yesterday.total)} by this time yesterday`}
              search={{ from }}
            />
            <Tile
              title="Succeeded"
              figure={today.total === 0 ? '\u2013' : `${successText(today.total - today.failed, today.failed)} %`}
              beside={
                yesterday.total === 0
                  ? 'none yesterday'
                  : `${successText(yesterday.total - yesterday.failed, yesterday.failed)} % yesterday`
              }
              search={{ from, status: 'SUCCESS' }}
            />
            <Tile
              title="Failed"
              figure={countText(today.failed)}
              beside={`${countText(yesterday.failed)} by this time yesterday`}
              search={{ from, status: 'FAILED' }}
            >
              <ul className="tile-list">
                {today.byCode.slice(0, codesShown).map(({ code, count }) => (
                  <li key={code}>
                    <Link to="/transactions" search={{ from, failureCode: code } as never}>
                      {stateWords(code)}
                    </Link>{' '}
                    {countText(count)}
                  </li>
                ))}
              </ul>
            </Tile>
          </div>
          <Hours today={today} midnightMs={midnightMs} />
        </>
      )}
    </Loaded>
  );
}

interface TileProps {
  readonly title: string;
  readonly figure: string;
  readonly beside: string;
  readonly search: Readonly<Record<string, string>>;
  readonly children?: ReactNode;
}

function Tile({ title, figure, beside, search, children }: TileProps) {
  return (
    <div className="tile">
      <Link to="/transactions" search={search as never} className="tile-link">
        <span className="tile-title">{title}</span>
        <span className="tile-figure">{figure}</span>
        <span className="muted">{beside}</span>
      </Link>
      {children}
    </div>
  );
}
