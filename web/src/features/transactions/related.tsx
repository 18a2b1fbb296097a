import type { Transaction } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { Loaded } from '../../ui/console/loaded.js';
import { Money } from '../../ui/console/money.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';

const everyMs = 5_000;
const relatedMax = 100;

/** The hold or payment that it belongs to, and what belongs to it: captures, refunds, a reversal. */
export function Related({ transaction: { transactionId, parentTransactionId } }: { transaction: Transaction }) {
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['transaction', transactionId, 'children'],
    queryFn: ({ signal }) =>
      answered(
        platform.api.listTransactions({ query: { parentTransactionId: transactionId, limit: relatedMax }, signal }),
      ),
    refetchInterval: everyMs,
  });
  return (
    <>
      <h3>Related</h3>
      {parentTransactionId && (
        <p>
          <TransactionLink id={parentTransactionId}>What it belongs to</TransactionLink>
        </p>
      )}
      <Loaded query={query} what="what belongs to it">
        {({ items }) =>
          items.length === 0 ? (
            !parentTransactionId && <p className="muted">Nothing refers to it.</p>
          ) : (
            <ul className="related">
              {items.map((each) => (
                <li key={each.transactionId}>
                  <TransactionLink id={each.transactionId}>{stateWords(each.kind)}</TransactionLink>
                  <State state={each.status} />
                  <Money amount={each.amount} currency={each.currency} />
                  <When at={each.createdAt} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}

function TransactionLink({ id, children }: { id: string; children: string }) {
  return (
    <Link to="/transactions/$id" params={{ id }} search={true}>
      {children}
    </Link>
  );
}
