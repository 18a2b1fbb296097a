import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { Loaded } from '../../ui/console/loaded.js';
import { stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';

const rowsMax = 20;
const everyMs = 5_000;

/** The newest acts on the wallet, from the audit log: what, who, why. */
export function StatusHistory({ id }: { id: string }) {
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['wallet', id, 'audit'],
    queryFn: ({ signal }) => answered(platform.api.listAuditRows({ query: { subject: id, limit: rowsMax }, signal })),
    refetchInterval: everyMs,
  });
  return (
    <Loaded query={query} what="its history">
      {({ items }) =>
        items.length === 0 ? (
          <p className="muted">Nobody has changed it since it was made.</p>
        ) : (
          <ul className="history">
            {items.map(({ auditId, action, actor, at, reason }) => (
              <li key={auditId}>
                <Link to="/audit/$id" params={{ id: auditId }} search={{ subject: id } as never}>
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
