import type { Transaction } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { durationText } from '../../figures/format.js';
import { Loaded } from '../../ui/console/loaded.js';
import { stateWords } from '../../ui/console/state.js';
import { Clock } from '../../ui/console/when.js';

const everyMs = 5_000;

/** Each step, and how long after the one before. */
export function Timeline({ transaction: { transactionId: id } }: { transaction: Transaction }) {
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['transaction', id, 'timeline'],
    queryFn: ({ signal }) => answered(platform.api.getTransactionTimeline({ path: { id }, signal })),
    refetchInterval: everyMs,
  });
  return (
    <Loaded query={query} what="its timeline">
      {({ items }) => (
        <ol className="timeline">
          {items.map(({ at, step, detail, transactionId }, index) => {
            const before = items[index - 1];
            const afterMs = before ? Date.parse(at) - Date.parse(before.at) : null;
            return (
              <li key={`${transactionId} ${step} ${at}`}>
                <Clock at={at} />
                <span>
                  <strong>{stateWords(step)}</strong> <span className="muted">{detail}</span>
                </span>
                <span className="muted">{afterMs !== null && `+${durationText(afterMs)}`}</span>
              </li>
            );
          })}
        </ol>
      )}
    </Loaded>
  );
}
