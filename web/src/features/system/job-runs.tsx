import type { JobRun } from '@smart-wallet/client';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { answered } from '../../api/platform.js';
import { durationText } from '../../figures/format.js';
import { State } from '../../ui/console/state.js';
import { Clock } from '../../ui/console/when.js';
import { ListPage } from '../../ui/list/list-page.js';
import type { Column } from '../../ui/list/list-rows.js';
import type { Listing } from '../../ui/list/use-listing.js';
import { RunJob } from './run-job.js';

const columns: Column<JobRun>[] = [
  { name: 'dueAt', label: 'Due (UTC)', width: 'minmax(10.5rem, 1fr)', cell: ({ dueAt }) => <Clock at={dueAt} /> },
  { name: 'status', label: 'Status', width: 'minmax(7rem, 1fr)', cell: ({ status }) => <State state={status} /> },
  {
    ...{ name: 'took', label: 'Took', width: '6rem', align: 'end' },
    cell: ({ startedAt, finishedAt }) =>
      startedAt && finishedAt ? durationText(Date.parse(finishedAt) - Date.parse(startedAt)) : '\u2013',
  },
  { name: 'attempt', label: 'Attempts', width: '5rem', align: 'end', isWide: true, cell: ({ attempt }) => attempt },
  {
    ...{ name: 'requestedBy', label: 'By hand of', width: 'minmax(6rem, 1fr)', isWide: true },
    cell: ({ requestedBy }) => <span className="cut">{requestedBy}</span>,
  },
  {
    ...{ name: 'outcome', label: 'What came of it', width: 'minmax(8rem, 2fr)', isWide: true },
    cell: ({ error, result, progress }) => {
      const words = error ?? (result && JSON.stringify(result)) ?? (progress && JSON.stringify(progress)) ?? '';
      return (
        <span className="cut" title={words}>
          {words}
        </span>
      );
    },
  },
];

/** The runs of one job, newest first. */
export function JobRuns() {
  const { name } = useParams({ from: '/system/jobs/$name' });
  const listing = useMemo<Listing<JobRun>>(
    () => ({
      name: `runs of ${name}`,
      idOf: ({ runId }) => runId,
      read: ({ api }, query, signal) => answered(api.listJobRuns({ path: { name }, query, signal })),
    }),
    [name],
  );
  return (
    <ListPage
      {...{ title: `Job ${name}`, noun: 'run', listing, columns, filters: [] }}
      emptyWords="It runs at its set time, and when you ask."
      actions={() => (
        <>
          <Link to="/system">System</Link>
          <RunJob name={name} />
        </>
      )}
    />
  );
}
