import './failures.css';
import type { FailureAnalysis } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { countText, shortId } from '../../figures/format.js';
import { Loaded } from '../../ui/console/loaded.js';
import { Notice } from '../../ui/console/notice.js';
import { stateWords } from '../../ui/console/state.js';
import { FilterBar } from '../../ui/list/filter-bar.js';
import { type Filter, type FilterValues, filterValues } from '../../ui/list/filters.js';
import { shareText, trendWords } from './failure-words.js';
import { FailuresOverTime } from './failures-over-time.js';

const everyMs = 10_000;

const filters: readonly Filter[] = [
  { name: 'from', label: 'From', kind: 'instant' },
  { name: 'to', label: 'To', kind: 'instant' },
  { name: 'bucket', label: 'Steps', kind: 'choice', choices: ['minute', 'hour', 'day'] },
];

/** Why payments fail, beside the time before. Every code and every example opens its transactions. */
export function FailurePage() {
  const { platform } = useSigned();
  const navigate = useNavigate();
  const values = filterValues(useSearch({ strict: false }) as Record<string, unknown>, filters);
  const query = useQuery({
    queryKey: ['failures', values],
    queryFn: ({ signal }) => answered(platform.api.analyzeFailures({ query: values as never, signal })),
    refetchInterval: everyMs,
  });
  const change = (next: FilterValues) => void navigate({ to: '.', search: next as never });
  return (
    <article className="sheet" aria-labelledby="failures-title">
      <header className="page-head">
        <h1 id="failures-title">Failures</h1>
        <span className="muted">{values.from ? '' : 'The last 24 hours'}</span>
      </header>
      <FilterBar filters={filters} values={values} onChange={change} />
      <Loaded query={query} what="the failures">
        {(analysis) => <Analysis analysis={analysis} />}
      </Loaded>
    </article>
  );
}

function Analysis({ analysis }: { analysis: FailureAnalysis }) {
  const { total, failed, failureRate, previous, byCode, byWallet, from, to } = analysis;
  return (
    <>
      <div className="failure-figures">
        <Figure
          title="Failed"
          figure={countText(failed)}
          beside={
            previous.failed === 0
              ? 'none in the time before'
              : `${countText(previous.failed)} in the time before: ${trendWords(failed, previous.failed)}`
          }
        />
        <Figure
          title="Of all that was committed"
          figure={shareText(failureRate)}
          beside={`${shareText(previous.failureRate)} before`}
        />
        <Figure title="Committed" figure={countText(total)} beside={`${countText(previous.total)} before`} />
      </div>
      {failed === 0 ? (
        <Notice title="Nothing failed" severity="good">
          {total === 0 ? 'Nothing was committed in this time.' : 'Whatever was committed in this time succeeded.'}
        </Notice>
      ) : (
        <>
          <h2>Over time</h2>
          <FailuresOverTime analysis={analysis} />
          <h2>By code</h2>
          <Codes byCode={byCode} period={{ from, to }} />
          {byWallet.length > 0 && (
            <>
              <h2>Whose</h2>
              <ul className="related">
                {byWallet.map(({ walletId, count }) => (
                  <li key={walletId}>
                    <Link to="/wallets/$id" params={{ id: walletId }} className="mono" title={walletId}>
                      {shortId(walletId)}
                    </Link>
                    <Link to="/transactions" search={{ walletId, status: 'FAILED', from, to } as never}>
                      {countText(count)} failed
                    </Link>
                  </li>
                ))}
              </ul>
            </>
          )}
        </>
      )}
    </>
  );
}

function Figure({ title, figure, beside }: { title: string; figure: string; beside: string }) {
  return (
    <div>
      <span className="muted">{title}</span>
      <strong>{figure}</strong>
      <span className="muted">{beside}</span>
    </div>
  );
}

function Codes({ byCode, period }: { byCode: FailureAnalysis['byCode']; period: { from: string; to: string } }) {
  return (
    <div className="wide-table">
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Code</th>
            <th scope="col">Kind</th>
            <th scope="col" className="cell-end">
              Count
            </th>
            <th scope="col" className="cell-end">
              Share
            </th>
            <th scope="col">Beside before</th>
            <th scope="col">Examples</th>
          </tr>
        </thead>
        <tbody>
          {byCode.map(({ code, category, count, share, previousCount, examples }) => (
            <tr key={code}>
              <td>
                <Link to="/transactions" search={{ failureCode: code, ...period } as never}>
                  {stateWords(code)}
                </Link>
              </td>
              <td>{stateWords(category)}</td>
              <td className="cell-end">{countText(count)}</td>
              <td className="cell-end">{shareText(share)}</td>
              <td title={`${countText(previousCount)} in the time before`}>{trendWords(count, previousCount)}</td>
              <td className="examples">
                {examples.map((id) => (
                  <Link
                    key={id}
                    to="/transactions/$id"
                    params={{ id }}
                    search={{ failureCode: code, ...period } as never}
                    className="mono"
                    title={id}
                  >
                    {shortId(id)}
                  </Link>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
