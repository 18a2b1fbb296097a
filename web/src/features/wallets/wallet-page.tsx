import type { Wallet } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { Facts, Raw } from '../../ui/console/facts.js';
import { Id } from '../../ui/console/id.js';
import { Loaded } from '../../ui/console/loaded.js';
import { Money } from '../../ui/console/money.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import { BalanceLine } from './balance-line.js';
import { Entries } from './entries.js';
import { FindingBanner } from './finding-banner.js';
import { LimitsOf } from './limits-of.js';
import { MoneyActs } from './money-acts.js';
import { Statement } from './statement.js';
import { StatusActs } from './status-acts.js';
import { StatusHistory } from './status-history.js';

const everyMs = 2_000;

/** A wallet: what it holds, what it did, what bounds it, and who changed it. */
export function WalletPage() {
  const { id } = useParams({ from: '/wallets/$id' });
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['wallet', id],
    queryFn: ({ signal }) => answered(platform.api.getWallet({ path: { id }, signal })),
    refetchInterval: everyMs,
  });
  return (
    <article className="sheet" aria-labelledby="wallet-title">
      <header className="page-head">
        <h1 id="wallet-title">Wallet</h1>
        <Link to="/wallets">All wallets</Link>
      </header>
      <Loaded query={query} what="this wallet">
        {(wallet) => <Sheet wallet={wallet} />}
      </Loaded>
    </article>
  );
}

function Sheet({ wallet }: { wallet: Wallet }) {
  const { walletId, balance, held, available, currency, status, userId, kind, scope, createdAt, metadata } = wallet;
  return (
    <>
      <FindingBanner id={walletId} />
      <p className="hero">
        <Money amount={balance} currency={currency} /> <State state={status} />
      </p>
      <Facts
        facts={{
          Available: <Money amount={available} currency={currency} />,
          Held: <Money amount={held} currency={currency} />,
          Name: typeof metadata?.name === 'string' ? metadata.name : null,
          Kind: stateWords(kind),
          User: userId && <Id id={userId} />,
          Scope: scope,
          Made: <When at={createdAt} />,
          Id: <Id id={walletId} whole />,
        }}
      />
      <div className="acts">
        <MoneyActs wallet={wallet} />
        <StatusActs wallet={wallet} />
      </div>
      <section aria-labelledby="line-title">
        <h2 id="line-title">Balance over time</h2>
        <BalanceLine id={walletId} madeAt={createdAt} />
      </section>
      <div className="sheet-columns">
        <section aria-labelledby="entries-title">
          <h2 id="entries-title">Entries</h2>
          <Entries id={walletId} />
          <p>
            <Link to="/transactions" search={{ walletId } as never}>
              All its transactions
            </Link>
            {' \u00b7 '}
            <Link to="/holds" search={{ walletId } as never}>
              Its holds
            </Link>
          </p>
        </section>
        <div>
          <section aria-labelledby="limits-title">
            <h2 id="limits-title">Limits</h2>
            <LimitsOf id={walletId} />
          </section>
          <section aria-labelledby="statement-title">
            <h2 id="statement-title">Statement</h2>
            <Statement id={walletId} />
          </section>
          <section aria-labelledby="history-title">
            <h2 id="history-title">Who changed it</h2>
            <StatusHistory id={walletId} />
          </section>
          <Raw of={wallet} />
        </div>
      </div>
    </>
  );
}
