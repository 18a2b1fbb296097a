import type { TransactionEntry } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { shortId } from '../../figures/format.js';
import { Loaded } from '../../ui/console/loaded.js';
import { Money } from '../../ui/console/money.js';

/** Both entries of a transaction: what one wallet gave and the other got. They are equal, and say so. */
export function TAccount({ id }: { id: string }) {
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['transaction', id, 'ledger'],
    queryFn: ({ signal }) => answered(platform.api.getTransactionLedger({ path: { id }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Loaded query={query} what="its entries">
      {({ entries }) =>
        entries.length === 0 ? (
          <p className="muted">It moved no money.</p>
        ) : (
          <table className="t-account">
            <thead>
              <tr>
                <th scope="col">Wallet</th>
                <th scope="col">Debit</th>
                <th scope="col">Credit</th>
                <th scope="col">Balance after</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <EntryRow key={entry.entryId} entry={entry} />
              ))}
            </tbody>
          </table>
        )
      }
    </Loaded>
  );
}

function EntryRow({ entry: { walletId, entryType, amount, currency, balanceAfter } }: { entry: TransactionEntry }) {
  const money = <Money amount={amount.replace(/^-/, '')} currency={currency} />;
  return (
    <tr>
      <th scope="row" className="mono" title={walletId}>
        {shortId(walletId)}
      </th>
      <td>{entryType === 'DEBIT' && money}</td>
      <td>{entryType === 'CREDIT' && money}</td>
      <td>{balanceAfter === null ? 'not shown' : <Money amount={balanceAfter} currency={currency} />}</td>
    </tr>
  );
}
