import type { Approval } from '@smart-wallet/client';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { shortId } from '../../figures/format.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import type { Filter } from '../../ui/list/filters.js';
import { ListPage } from '../../ui/list/list-page.js';
import type { Column } from '../../ui/list/list-rows.js';
import type { Listing } from '../../ui/list/use-listing.js';
import { amountIn } from './said-in.js';

const listing: Listing<Approval> = {
  name: 'approvals',
  idOf: ({ approvalId }) => approvalId,
  read: ({ api }, query, signal) => answered(api.listApprovals({ query, signal })),
};

const filters: Filter[] = [
  { name: 'status', label: 'Status', kind: 'choice', choices: ['PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'STALE'] },
];

const columns: Column<Approval>[] = [
  {
    ...{ name: 'requestedAt', label: 'Asked', width: '7rem' },
    cell: ({ approvalId, requestedAt }) => (
      <Link to="/approvals/$id" params={{ id: approvalId }} search={true}>
        <When at={requestedAt} />
      </Link>
    ),
  },
  { name: 'action', label: 'For', width: 'minmax(8rem, 1fr)', cell: ({ action }) => stateWords(action) },
  {
    ...{ name: 'amount', label: 'Amount', width: 'minmax(7rem, 1fr)', align: 'end' },
    cell: ({ payload }) => amountIn(payload),
  },
  { name: 'status', label: 'Status', width: '8rem', cell: ({ status }) => <State state={status} /> },
  {
    ...{ name: 'requestedBy', label: 'Asked by', width: 'minmax(7rem, 1fr)', isWide: true },
    cell: ({ requestedBy }) => (
      <span className="cut" title={requestedBy}>
        {requestedBy}
      </span>
    ),
  },
  {
    ...{ name: 'subject', label: 'About', width: '9rem', isWide: true },
    cell: ({ subject }) => (
      <span className="mono" title={subject}>
        {shortId(subject)}
      </span>
    ),
  },
  {
    name: 'reason',
    label: 'Why',
    width: 'minmax(8rem, 2fr)',
    isWide: true,
    cell: ({ reason }) => <span className="cut">{reason}</span>,
  },
];

export function ApprovalList() {
  const { id } = useParams({ strict: false });
  return (
    <div className={`with-drawer${id ? ' drawer-is-open' : ''}`}>
      <ListPage
        {...{ title: 'Approvals', noun: 'approval', listing, columns, filters, openId: id }}
        emptyWords="What needs a second person waits here."
      />
      <Outlet />
    </div>
  );
}
