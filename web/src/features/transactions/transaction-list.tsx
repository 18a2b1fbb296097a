import type { Transaction } from '@smart-wallet/client';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { shortId } from '../../figures/format.js';
import { Money } from '../../ui/console/money.js';
import { State, stateWords } from '../../ui/console/state.js';
import { Clock } from '../../ui/console/when.js';
import { ListPage } from '../../ui/list/list-page.js';
import type { Column } from '../../ui/list/list-rows.js';
import type { Listing } from '../../ui/list/use-listing.js';
import { exportTransactions } from './export-transactions.js';
import { Totals } from './totals.js';
import { transactionFilters } from './transaction-filters.js';

const listing: Listing<Transaction> = {
  name: 'transactions',
  idOf: ({ transactionId }) => transactionId,
  read: ({ api }, query, signal) => answered(api.listTransactions({ query, signal })),
};

const columns: Column<Transaction>[] = [
  {
    ...{ name: 'createdAt', label: 'Committed (UTC)', width: 'minmax(10.5rem, 1fr)' },
    cell: ({ transactionId, createdAt }) => (
      <Link to="/transactions/$id" params={{ id: transactionId }} search={true}>
        <Clock at={createdAt} />
      </Link>
    ),
  },
  { name: 'kind', label: 'Kind', width: '7rem', isWide: true, cell: ({ kind }) => stateWords(kind) },
  {
    ...{ name: 'status', label: 'Status', width: 'minmax(6rem, 1.2fr)' },
    cell: ({ status, failureCode }) => (
      <span title={failureCode ? stateWords(failureCode) : undefined}>
        <State state={status} />
        {failureCode && <span className="muted cell-more"> {stateWords(failureCode)}</span>}
      </span>
    ),
  },
  {
    ...{ name: 'amount', label: 'Amount', width: 'minmax(8rem, 1fr)', align: 'end' },
    cell: ({ amount, currency }) => <Money {...{ amount, currency }} />,
  },
  {
    name: 'from',
    label: 'From',
    width: '8rem',
    isWide: true,
    cell: ({ senderWalletId }) => <WalletLink id={senderWalletId} />,
  },
  {
    name: 'to',
    label: 'To',
    width: '8rem',
    isWide: true,
    cell: ({ receiverWalletId }) => <WalletLink id={receiverWalletId} />,
  },
  {
    ...{ name: 'reference', label: 'Reference', width: 'minmax(6rem, 1fr)', isWide: true },
    cell: ({ reference }) => <span className="cut">{reference}</span>,
  },
];

function WalletLink({ id }: { id: string }) {
  return (
    <Link to="/wallets/$id" params={{ id }} search={{}} className="mono" title={id}>
      {shortId(id)}
    </Link>
  );
}

export function TransactionList() {
  const { id } = useParams({ strict: false });
  const { session, user } = useSigned();
  return (
    <div className={`with-drawer${id ? ' drawer-is-open' : ''}`}>
      <ListPage
        {...{ title: 'Transactions', noun: 'transaction', listing, columns, filters: transactionFilters, openId: id }}
        emptyWords="Payments, deposits and withdrawals appear here as they are committed."
        readAll={(values, signal, onProgress) =>
          exportTransactions(values, { session, userId: user.userId, signal, onProgress })
        }
        summary={(values) => <Totals values={values} />}
      />
      <Outlet />
    </div>
  );
}
