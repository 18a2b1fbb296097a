import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, faultWords } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { plural } from '../../figures/format.js';
import { ActionButton } from '../../ui/console/action-button.js';
import { Money } from '../../ui/console/money.js';
import { Clock } from '../../ui/console/when.js';
import type { FilterValues } from '../../ui/list/filters.js';

/** How many and how much a list of transactions is, all its pages together; when it is asked for: it may read millions. */
export function Totals({ values }: { values: FilterValues }) {
  const { platform } = useSigned();
  const asked = JSON.stringify(values);
  const [wanted, setWanted] = useState<string | null>(null);
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['transactions', 'totals', values],
    queryFn: ({ signal }) => answered(platform.api.getTransactionTotals({ query: values as never, signal })),
    enabled: wanted === asked,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  const add = () => (wanted === asked ? void refetch() : setWanted(asked));
  return (
    <div className="totals" role="status">
      <ActionButton onPress={add} isPending={isFetching}>
        {isFetching ? 'Adding up\u2026' : data ? 'Add up again' : 'Add up'}
      </ActionButton>
      {error && <span>{faultWords(error)}</span>}
      {data && !error && (
        <>
          <strong>
            {data.complete ? '' : 'At least '}
            {plural(data.count, 'transaction')}
          </strong>
          {Object.entries(data.sumByCurrency).map(([currency, amount]) => (
            <Money key={currency} {...{ amount, currency }} />
          ))}
          <span className="muted">
            as of <Clock at={data.asOf} /> UTC
          </span>
        </>
      )}
    </div>
  );
}
