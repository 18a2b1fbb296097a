import type { ReconciliationRun } from '@smart-wallet/client';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { countText } from '../../figures/format.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import { ListPage } from '../../ui/list/list-page.js';
import type { Column } from '../../ui/list/list-rows.js';
import type { Listing } from '../../ui/list/use-listing.js';
import { RunNow } from './run-now.js';

const listing: Listing<ReconciliationRun> = {
  name: 'reconciliations',
  idOf: ({ runId }) => runId,
  read: ({ api }, query, signal) => answered(api.listReconciliations({ query, signal })),
};

const columns: Column<ReconciliationRun>[] = [
  {
    ...{ name: 'requestedAt', label: 'Asked for', width: '8rem' },
    cell: ({ runId, requestedAt }) => (
      <Link to="/reconciliation/$id" params={{ id: runId }}>
        <When at={requestedAt} />
      </Link>
    ),
  },
  {
    ...{ name: 'status', label: 'Status', width: 'minmax(8rem, 1fr)' },
    cell: ({ status, progress }) => (
      <>
        <State state={status} />
        {status === 'RUNNING' && <span className="muted"> {Math.floor(progress * 100)} %</span>}
      </>
    ),
  },
  { name: 'mode', label: 'Mode', width: '8rem', isWide: true, cell: ({ mode }) => stateWords(mode) },
  {
    ...{ name: 'transactions', label: 'Transactions', width: '9rem', align: 'end' },
    cell: ({ checked }) => countText(checked.transactions),
  },
  {
    ...{ name: 'requestedBy', label: 'By', width: 'minmax(8rem, 1fr)', isWide: true },
    cell: ({ requestedBy }) => <span className="cut">{requestedBy}</span>,
  },
];

export function RunList() {
  const { id } = useParams({ strict: false });
  return (
    <div className={`with-drawer${id ? ' drawer-is-open' : ''}`}>
      <ListPage
        {...{ title: 'Reconciliation', noun: 'run', listing, columns, filters: [], openId: id }}
        emptyWords="The ledger is checked against itself every hour, and when you ask."
        actions={() => <RunNow />}
      />
      <Outlet />
    </div>
  );
}
