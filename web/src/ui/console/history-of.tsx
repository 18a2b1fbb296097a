import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { Loaded } from './loaded.js';
import { stateWords } from './state.js';
import { When } from './when.js';

const rowsMax = 20;
const everyMs = 5_000;

/** The newest acts on a thing, from the audit log: what, who, why. */
export function HistoryOf({ subject }: { subject: string }) {
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['history', subject],
    queryFn: ({ signal }) => answered(platform.api.listAuditRows({ query: { subject, limit: rowsMax }, signal })),
    refetchInterval: everyMs,
  });
  return (
    <Loaded query={query} what="its history">
      {({ items }) =>
        items.length === 0 ? (
          <p className="muted">Nobody has changed it.</p>
        ) : (
          <ul className="history">
            {items.map(({ auditId, action, actor, at, reason }) => (
              <li key={auditId}>
                <Link to="/audit" search={{ subject } as never}>
                  {stateWords(action)}
                </Link>{' '}
                by {actor}, <When at={at} />
                {reason && <span className="muted"> “{reason}”</span>}
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}
