import type { Transaction } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { Drawer } from '../../ui/console/drawer.js';
import { Facts, Raw } from '../../ui/console/facts.js';
import { Id } from '../../ui/console/id.js';
import { Loaded } from '../../ui/console/loaded.js';
import { Money } from '../../ui/console/money.js';
import { Notice } from '../../ui/console/notice.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import { Proof } from './proof.js';
import { Related } from './related.js';
import { TAccount } from './t-account.js';
import { Timeline } from './timeline.js';
import { TransactionActs } from './transaction-acts.js';

/** A transaction as a story: what, between whom, how it went, what it wrote, what belongs to it. */
export function TransactionPage() {
  const { id } = useParams({ from: '/transactions/$id' });
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['transaction', id],
    queryFn: ({ signal }) => answered(platform.api.getTransaction({ path: { id }, signal })),
    // It is written once, final.
    staleTime: Number.POSITIVE_INFINITY,
  });
  const title = query.data ? stateWords(query.data.kind) : 'Transaction';
  return (
    <Drawer title={title} backTo="/transactions">
      <Loaded query={query} what="this transaction">
        {(transaction) => <Story transaction={transaction} />}
      </Loaded>
    </Drawer>
  );
}

function Story({ transaction }: { transaction: Transaction }) {
  const { transactionId, amount, currency, status, failureCode, failureReason, senderWalletId, receiverWalletId } =
    transaction;
  const isDone = status === 'SUCCESS';
  return (
    <>
      <p className="hero">
        <Money {...{ amount, currency }} /> <State state={status} />
      </p>
      {failureCode && (
        <Notice severity="critical" title={stateWords(failureCode)}>
          {failureReason}
        </Notice>
      )}
      <Facts
        facts={{
          From: <WalletLink id={senderWalletId} />,
          To: <WalletLink id={receiverWalletId} />,
          Committed: <When at={transaction.createdAt} />,
          Reference: transaction.reference,
          Description: transaction.description,
          Id: <Id id={transactionId} whole />,
        }}
      />
      {isDone && <TransactionActs transaction={transaction} />}
      <h3>How it went</h3>
      <Timeline transaction={transaction} />
      {isDone && (
        <>
          <h3>What it wrote</h3>
          <TAccount id={transactionId} />
        </>
      )}
      <Related transaction={transaction} />
      <h3>Proof</h3>
      <Proof id={transactionId} />
      <Raw of={transaction} />
    </>
  );
}

function WalletLink({ id }: { id: string }) {
  return (
    <>
      <Link to="/wallets/$id" params={{ id }} search={{}}>
        Wallet
      </Link>{' '}
      <Id id={id} />
    </>
  );
}
