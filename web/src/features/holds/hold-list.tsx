import type { Hold } from '@smart-wallet/client';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { shortId } from '../../figures/format.js';
import { Money } from '../../ui/console/money.js';
import { State } from '../../ui/console/state.js';
import { Clock, When } from '../../ui/console/when.js';
import type { Filter } from '../../ui/list/filters.js';
import { ListPage } from '../../ui/list/list-page.js';
import type { Column } from '../../ui/list/list-rows.js';
import type { Listing } from '../../ui/list/use-listing.js';

const listing: Listing<Hold> = {
  name: 'holds',
  idOf: ({ holdId }) => holdId,
  read: ({ api }, query, signal) => answered(api.listHolds({ query, signal })),
};

const filters: Filter[] = [
  { name: 'status', label: 'Status', kind: 'choice', choices: ['OPEN', 'CAPTURED', 'VOIDED', 'EXPIRED'] },
  { name: 'walletId', label: 'Wallet that pays', kind: 'id' },
  { name: 'receiverWalletId', label: 'Wallet that is paid', kind: 'id' },
  { name: 'from', label: 'From', kind: 'instant' },
  { name: 'to', label: 'To', kind: 'instant' },
];

const columns: Column<Hold>[] = [
  {
    ...{ name: 'createdAt', label: 'Made (UTC)', width: 'minmax(10.5rem, 1fr)' },
    cell: ({ holdId, createdAt }) => (
      <Link to="/holds/$id" params={{ id: holdId }} search={true}>
        <Clock at={createdAt} />
      </Link>
    ),
  },
  { name: 'status', label: 'Status', width: '8rem', cell: ({ status }) => <State state={status} /> },
  {
    ...{ name: 'amount', label: 'Amount', width: 'minmax(8rem, 1fr)', align: 'end' },
    cell: ({ amount, currency }) => <Money {...{ amount, currency }} />,
  },
  {
    ...{ name: 'remaining', label: 'Remaining', width: 'minmax(8rem, 1fr)', align: 'end', isWide: true },
    cell: ({ remaining, currency }) => <Money amount={remaining} currency={currency} />,
  },
  {
    ...{ name: 'walletId', label: 'From', width: '8rem', isWide: true },
    cell: ({ walletId }) => (
      <Link to="/wallets/$id" params={{ id: walletId }} className="mono" title={walletId}>
        {shortId(walletId)}
      </Link>
    ),
  },
  {
    name: 'expiresAt',
    label: 'Expires',
    width: '7rem',
    isWide: true,
    cell: ({ expiresAt }) => <When at={expiresAt} />,
  },
];

export function HoldList() {
  const { id } = useParams({ strict: false });
  return (
    <div className={`with-drawer${id ? ' drawer-is-open' : ''}`}>
      <ListPage
        {...{ title: 'Holds', noun: 'hold', listing, columns, filters, openId: id }}
        emptyWords="Money that is set apart for a receiver appears here until it is captured, voided or expires."
      />
      <Outlet />
    </div>
  );
}
