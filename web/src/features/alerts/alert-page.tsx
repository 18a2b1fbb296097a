import type { AlertWithHistory } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { askOnce } from '../../api/ask-once.js';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { mayAct } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';
import { Drawer } from '../../ui/console/drawer.js';
import { Facts, Raw } from '../../ui/console/facts.js';
import { ReasonField } from '../../ui/console/fields.js';
import { Id } from '../../ui/console/id.js';
import { Loaded } from '../../ui/console/loaded.js';
import { State, stateWords } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';

/** An alert acknowledged elsewhere is so here. */
const everyMs = 2_000;

export function AlertPage() {
  const { id } = useParams({ from: '/alerts/$id' });
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['alert', id],
    queryFn: ({ signal }) => answered(platform.api.getAlert({ path: { id }, signal })),
    refetchInterval: everyMs,
  });
  return (
    <Drawer title={query.data ? stateWords(query.data.alertType) : 'Alert'} backTo="/alerts">
      <Loaded query={query} what="this alert">
        {(alert) => <AlertStory alert={alert} />}
      </Loaded>
    </Drawer>
  );
}

function AlertStory({ alert }: { alert: AlertWithHistory }) {
  const { user, platform } = useSigned();
  const {
    alertId,
    message,
    severity,
    status,
    subject,
    value,
    threshold,
    recipients,
    createdAt,
    acknowledgedBy,
    resolvedAt,
  } = alert;
  const isOpen = status === 'PENDING' || status === 'SENT';
  return (
    <>
      <p className="hero-words">{message}</p>
      <p>
        <State state={severity} /> <State state={status} />
      </p>
      {isOpen && mayAct(user) && (
        <div className="acts">
          <ActButton
            label="Acknowledge"
            title="Acknowledge this alert"
            words={
              <p>
                Nobody is mailed about it any more, unless its severity rises or its value doubles. Others see that you
                look into it.
              </p>
            }
            fields={<ReasonField name="note" isRequired={false} />}
            press={() => 'Acknowledge'}
            tone="main"
            ask={({ typed, key }) =>
              askOnce(
                platform.api.acknowledgeAlert({ path: { id: alertId }, body: typed.note ? { note: typed.note } : {} }),
                key,
              )
            }
            isDoneOnce
            done={() => <>It is yours.</>}
          />
        </div>
      )}
      <Facts
        facts={{
          About: subject === 'platform' ? 'the platform' : <Id id={subject} />,
          Value: `${value} (from ${threshold} on)`,
          Raised: <When at={createdAt} />,
          'Acknowledged by': acknowledgedBy,
          Resolved: resolvedAt && <When at={resolvedAt} />,
          // Who only reads is not told, which is not that there is nobody.
          'Mailed to': mayAct(user) ? recipients.join(', ') || 'nobody yet' : null,
          Id: <Id id={alertId} whole />,
        }}
      />
      <p>
        <Link to="/alert-rules">When alerts of this type fire</Link>
        {' \u00b7 '}
        <Link to="/alerts" search={{ type: alert.alertType } as never}>
          All of this type
        </Link>
      </p>
      <h3>History</h3>
      <ul className="history">
        {alert.history.map(({ at, event, by, note, severity: then }) => (
          <li key={`${at} ${event}`}>
            {stateWords(event)} <span className="muted">({stateWords(then).toLowerCase()})</span>
            {by && <> by {by}</>}, <When at={at} />
            {note && <span className="muted"> “{note}”</span>}
          </li>
        ))}
      </ul>
      <Raw of={alert} />
    </>
  );
}
