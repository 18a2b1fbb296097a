import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { Loaded } from '../../ui/console/loaded.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';

const shownMax = 5;
const everyMs = 2_000;

/** The newest alerts that nobody has taken, and what waits for a second person. */
export function NeedsPerson() {
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['overview', 'person'],
    queryFn: async ({ signal }) => {
      const alertsOf = (status: 'PENDING' | 'SENT') =>
        answered(platform.api.listAlerts({ query: { status, limit: shownMax }, signal }));
      const [sent, pending, approvals] = await Promise.all([
        ...[alertsOf('SENT'), alertsOf('PENDING')],
        answered(platform.api.listApprovals({ query: { status: 'PENDING', limit: shownMax }, signal })),
      ] as const);
      return { alerts: [...pending.items, ...sent.items].slice(0, shownMax), approvals: approvals.items };
    },
    refetchInterval: everyMs,
  });
  return (
    <Loaded query={query} what="what needs a person">
      {({ alerts, approvals }) =>
        alerts.length + approvals.length === 0 ? (
          <p className="all-quiet">
            <State state="ALL_QUIET" />
          </p>
        ) : (
          <ul className="person-list">
            {alerts.map(({ alertId, severity, message, createdAt }) => (
              <li key={alertId}>
                <State state={severity} />
                <Link to="/alerts/$id" params={{ id: alertId }}>
                  {message}
                </Link>
                <When at={createdAt} />
              </li>
            ))}
            {approvals.map(({ approvalId, action, reason, requestedAt }) => (
              <li key={approvalId}>
                <State state="WARNING" />
                <Link to="/approvals/$id" params={{ id: approvalId }} search={{ status: 'PENDING' } as never}>
                  {stateWords(action)} to be approved{reason ? `: ${reason}` : ''}
                </Link>
                <When at={requestedAt} />
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}
