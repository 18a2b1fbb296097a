import type { Finding, ReconciliationReport } from '@smart-wallet/client';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { answered, faultWords } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { countText } from '../../figures/format.js';
import { ActionButton } from '../../ui/console/action-button.js';
import { Drawer } from '../../ui/console/drawer.js';
import { Facts } from '../../ui/console/facts.js';
import { Id } from '../../ui/console/id.js';
import { Loaded } from '../../ui/console/loaded.js';
import { Notice } from '../../ui/console/notice.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import { FindingStory } from './finding-story.js';

const everyMs = 2_000;
const pageRows = 50;

/** What one run checked, and every break that it found. */
export function ReportPage() {
  const { id: runId } = useParams({ from: '/reconciliation/$id' });
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['reconciliation', runId],
    queryFn: ({ signal }) =>
      answered(platform.api.getReconciliationReport({ query: { runId, limit: pageRows }, signal })),
    refetchInterval: everyMs,
  });
  return (
    <Drawer title="Reconciliation run" backTo="/reconciliation">
      <Loaded query={query} what="this run">
        {(report) => <ReportStory report={report} />}
      </Loaded>
    </Drawer>
  );
}

function ReportStory({ report }: { report: ReconciliationReport }) {
  const { runId, mode, status, progress, phase, checked, requestedBy, startedAt, finishedAt, error, unlisted } = report;
  return (
    <>
      <p>
        <State state={status} />
        {status === 'RUNNING' && (
          <span className="muted">
            {' '}
            {Math.floor(progress * 100)} %{phase && `, ${phase}`}
          </span>
        )}
      </p>
      {error && (
        <Notice severity="critical" title="It did not come to its end">
          {error}
        </Notice>
      )}
      <Facts
        facts={{
          Mode: stateWords(mode),
          'Asked for by': requestedBy,
          Started: startedAt && <When at={startedAt} />,
          Finished: finishedAt && <When at={finishedAt} />,
          Wallets: countText(checked.wallets),
          Transactions: countText(checked.transactions),
          Batches: countText(checked.batches),
          Id: <Id id={runId} whole />,
        }}
      />
      <h3>Findings</h3>
      {report.findings.length === 0 ? <p className="muted">{noneWords(status)}</p> : <Findings report={report} />}
      {unlisted > 0 && <p className="muted">{countText(unlisted)} more are not listed.</p>}
    </>
  );
}

function noneWords(status: string): string {
  if (status === 'FAILED') return 'Not known: it did not come to its end.';
  return status === 'RUNNING' ? 'None so far.' : 'None.';
}

function Findings({ report: { runId, findings, nextCursor } }: { report: ReconciliationReport }) {
  const { platform } = useSigned();
  const [isMoreWanted, setMoreWanted] = useState(false);
  const more = useInfiniteQuery({
    queryKey: ['reconciliation', runId, 'more', nextCursor],
    queryFn: ({ pageParam: cursor, signal }) =>
      answered(platform.api.getReconciliationReport({ query: { runId, limit: pageRows, cursor }, signal })),
    initialPageParam: nextCursor ?? '',
    getNextPageParam: ({ nextCursor: next }) => next,
    // From then on it is read again like the rest, when something was done about a finding.
    enabled: isMoreWanted && nextCursor !== null,
  });
  const all: readonly Finding[] = [...findings, ...(more.data?.pages.flatMap((page) => page.findings) ?? [])];
  const readMore = () => (isMoreWanted ? void more.fetchNextPage() : setMoreWanted(true));
  const hasMore = more.data ? more.hasNextPage : nextCursor !== null;
  return (
    <>
      <ul className="findings">
        {all.map((finding) => (
          <li key={finding.findingId}>
            <FindingStory finding={finding} />
          </li>
        ))}
      </ul>
      {more.error && (
        <p className="form-failure" role="alert">
          {faultWords(more.error)}
        </p>
      )}
      {hasMore && (
        <ActionButton onPress={readMore} isPending={more.isFetching}>
          More
        </ActionButton>
      )}
      <p className="muted">
        A break is never repaired by itself. <Link to="/audit">The audit log</Link> tells who explained one.
      </p>
    </>
  );
}
