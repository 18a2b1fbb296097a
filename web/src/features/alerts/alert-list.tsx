import type { Alert } from '@smart-wallet/client';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import type { Filter } from '../../ui/list/filters.js';
import { ListPage } from '../../ui/list/list-page.js';
import type { Column } from '../../ui/list/list-rows.js';
import type { Listing } from '../../ui/list/use-listing.js';

const listing: Listing<Alert> = {
  name: 'alerts',
  idOf: ({ alertId }) => alertId,
  read: ({ api }, query, signal) => answered(api.listAlerts({ query, signal })),
};

const types = [
  ...[
    'FAILURE_RATE',
    'LEDGER_INCONSISTENCY',
    'REPEATED_DUPLICATES',
    'SYSTEM_ERRORS',
    'PARTITION_WITHOUT_OWNER',
    'LATENCY',
  ],
  ...['RELAY_LAG', 'DEAD_LETTERS', 'WALLET_DRAIN', 'WEBHOOK_PAUSED', 'QUEUE_LOST', 'EVALUATOR_SILENT'],
];

const filters: Filter[] = [
  { name: 'status', label: 'Status', kind: 'choice', choices: ['PENDING', 'SENT', 'ACKNOWLEDGED', 'RESOLVED'] },
  { name: 'severity', label: 'Severity', kind: 'choice', choices: ['CRITICAL', 'WARNING', 'INFO'] },
  { name: 'type', label: 'Type', kind: 'choice', choices: types },
];

const columns: Column<Alert>[] = [
  {
    ...{ name: 'createdAt', label: 'Raised', width: '7rem' },
    cell: ({ alertId, createdAt }) => (
      <Link to="/alerts/$id" params={{ id: alertId }} search={true}>
        <When at={createdAt} />
      </Link>
    ),
  },
  {
    name: 'severity',
    label: 'Severity',
    width: '7rem',
    isWide: true,
    cell: ({ severity }) => <State state={severity} />,
  },
  { name: 'status', label: 'Status', width: '9rem', cell: ({ status }) => <State state={status} /> },
  { name: 'type', label: 'Type', width: '12rem', isWide: true, cell: ({ alertType }) => stateWords(alertType) },
  {
    ...{ name: 'message', label: 'What', width: 'minmax(8rem, 1fr)' },
    cell: ({ message }) => (
      <span className="cut" title={message}>
        {message}
      </span>
    ),
  },
];

export function AlertList() {
  const { id } = useParams({ strict: false });
  return (
    <div className={`with-drawer${id ? ' drawer-is-open' : ''}`}>
      <ListPage
        {...{ title: 'Alerts', noun: 'alert', listing, columns, filters, openId: id }}
        actions={() => <Link to="/alert-rules">When they fire</Link>}
        emptyWords="When something needs a person it is said here, on the wallboard and in a mail."
      />
      <Outlet />
    </div>
  );
}
