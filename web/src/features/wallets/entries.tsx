import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { answered, faultWords } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { ActionButton } from '../../ui/console/action-button.js';
import { Money } from '../../ui/console/money.js';
import { Notice } from '../../ui/console/notice.js';
import { stateWords } from '../../ui/console/state.js';
import { Clock } from '../../ui/console/when.js';

const pageRows = 25;
const everyMs = 2_000;

/** A wallet's entries, newest first, each with the balance that it left. They are live until somebody looks further back. */
export function Entries({ id }: { id: string }) {
  const { platform } = useSigned();
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = useInfiniteQuery({
    queryKey: ['wallet', id, 'entries'],
    queryFn: ({ pageParam, signal }) =>
      answered(
        platform.api.listEntries({
          path: { id },
          query: { limit: pageRows, ...(pageParam !== null && { cursor: pageParam }) },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: ({ state }) => (state.data && state.data.pages.length > 1 ? false : everyMs),
  });
  if (isPending) return <p className="muted">Loading…</p>;
  if (!data) {
    return (
      <Notice
        severity="critical"
        title="Cannot read its entries"
        action={<ActionButton onPress={() => void refetch()}>Try again</ActionButton>}
      >
        {faultWords(error)}
      </Notice>
    );
  }
  const entries = data.pages.flatMap(({ items }) => items);
  if (entries.length === 0) return <p className="muted">No money has moved yet.</p>;
  return (
    <>
      <div className="wide-table">
        <table className="entries">
          <thead>
            <tr>
              <th scope="col">No.</th>
              <th scope="col">Time (UTC)</th>
              <th scope="col">Kind</th>
              <th scope="col">Amount</th>
              <th scope="col">Balance after</th>
            </tr>
          </thead>
          <tbody>
            {entries.map(
              ({ entryId, entryNo, createdAt, transactionId, kind, entryType, amount, currency, balanceAfter }) => (
                <tr key={entryId}>
                  <td>{entryNo}</td>
                  <td>
                    <Clock at={createdAt} />
                  </td>
                  <td>
                    <Link to="/transactions/$id" params={{ id: transactionId }}>
                      {stateWords(kind)}
                    </Link>
                  </td>
                  <td>
                    <Money
                      amount={entryType === 'DEBIT' ? `-${amount.replace(/^-/, '')}` : amount}
                      currency={currency}
                      signed
                    />
                  </td>
                  <td>
                    <Money amount={balanceAfter} currency={currency} />
                  </td>
                </tr>
              ),
            )}
          </tbody>
        </table>
      </div>
      {error && <p className="form-failure">{faultWords(error)}</p>}
      {hasNextPage && (
        <ActionButton onPress={() => void fetchNextPage()} isPending={isFetchingNextPage}>
          {isFetchingNextPage ? 'Reading\u2026' : 'Earlier ones'}
        </ActionButton>
      )}
    </>
  );
}
