import type { Wallet } from '@smart-wallet/client';
import { Link } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { shortId } from '../../figures/format.js';
import { Money } from '../../ui/console/money.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import type { Filter } from '../../ui/list/filters.js';
import { ListPage } from '../../ui/list/list-page.js';
import type { Column } from '../../ui/list/list-rows.js';
import type { Listing } from '../../ui/list/use-listing.js';
import { NewWallet } from './new-wallet.js';

const listing: Listing<Wallet> = {
  name: 'wallets',
  idOf: ({ walletId }) => walletId,
  read: ({ api }, query, signal) => answered(api.listWallets({ query, signal })),
};

const filters: Filter[] = [
  { name: 'status', label: 'Status', kind: 'choice', choices: ['CREATED', 'ACTIVE', 'SUSPENDED', 'CLOSED'] },
  { name: 'kind', label: 'Kind', kind: 'choice', choices: ['USER', 'FUNDING'] },
  { name: 'currency', label: 'Currency', kind: 'id', hint: 'EUR' },
  { name: 'userId', label: 'User', kind: 'id' },
];

const columns: Column<Wallet>[] = [
  {
    ...{ name: 'walletId', label: 'Wallet', width: 'minmax(8rem, 1fr)' },
    cell: ({ walletId, metadata }) => (
      <Link to="/wallets/$id" params={{ id: walletId }} title={walletId}>
        {typeof metadata?.name === 'string' ? metadata.name : <span className="mono">{shortId(walletId)}</span>}
      </Link>
    ),
  },
  { name: 'status', label: 'Status', width: '8rem', cell: ({ status }) => <State state={status} /> },
  { name: 'kind', label: 'Kind', width: '7rem', isWide: true, cell: ({ kind }) => stateWords(kind) },
  {
    ...{ name: 'balance', label: 'Balance', width: 'minmax(8rem, 1fr)', align: 'end' },
    cell: ({ balance, currency }) => <Money amount={balance} currency={currency} />,
  },
  {
    ...{ name: 'available', label: 'Available', width: 'minmax(8rem, 1fr)', align: 'end', isWide: true },
    cell: ({ available, currency }) => <Money amount={available} currency={currency} />,
  },
  { name: 'createdAt', label: 'Made', width: '8rem', isWide: true, cell: ({ createdAt }) => <When at={createdAt} /> },
];

export function WalletList() {
  return (
    <ListPage
      {...{ title: 'Wallets', noun: 'wallet', listing, columns, filters }}
      actions={() => <NewWallet />}
      emptyWords="Wallets appear here as services make them."
    />
  );
}
