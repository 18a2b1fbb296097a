import type { WebhookDelivery } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { askOnce } from '../../api/ask-once.js';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { mayAct } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';
import { Drawer } from '../../ui/console/drawer.js';
import { Facts, Raw } from '../../ui/console/facts.js';
import { Id } from '../../ui/console/id.js';
import { Loaded } from '../../ui/console/loaded.js';
import { State } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import { attemptWords } from './attempt-words.js';

const everyMs = 2_000;

/** One event for one webhook: every attempt with what was answered. */
export function DeliveryPage() {
  const { id, deliveryId } = useParams({ from: '/webhooks/$id/deliveries/$deliveryId' });
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['delivery', deliveryId],
    queryFn: ({ signal }) => answered(platform.api.getWebhookDelivery({ path: { id: deliveryId }, signal })),
    refetchInterval: everyMs,
  });
  return (
    <Drawer title={query.data?.eventType ?? 'Delivery'} backTo={`/webhooks/${id}/deliveries`}>
      <Loaded query={query} what="this delivery">
        {(delivery) => <DeliveryStory delivery={delivery} />}
      </Loaded>
    </Drawer>
  );
}

function DeliveryStory({ delivery }: { delivery: WebhookDelivery }) {
  const { user, platform } = useSigned();
  const { deliveryId, eventId, replayId, status, attempts, createdAt, nextAttemptAt } = delivery;
  return (
    <>
      <p>
        <State state={status} />
      </p>
      {mayAct(user) && (
        <div className="acts">
          <ActButton<WebhookDelivery>
            label="Send again"
            title="Send this event once more"
            words={<p>Whatever became of it before. Its id is the same: who has handled it drops it.</p>}
            fields={null}
            press={() => 'Send it again'}
            ask={({ key }) => askOnce(platform.api.resendWebhookDelivery({ path: { id: deliveryId } }), key)}
            lookFirst="Its attempts tell whether it was sent: another press sends it once more."
            done={() => <>It is on its way, or waits while the webhook is paused.</>}
          />
        </div>
      )}
      <Facts
        facts={{
          Made: <When at={createdAt} />,
          'Next attempt': nextAttemptAt && <When at={nextAttemptAt} />,
          Event: <Id id={eventId} />,
          Replay: replayId && <Id id={replayId} />,
          Id: <Id id={deliveryId} whole />,
        }}
      />
      <h3>Attempts</h3>
      {attempts.length === 0 ? (
        <p className="muted">It was not tried yet.</p>
      ) : (
        <ul className="history">
          {[...attempts].reverse().map((attempt) => (
            <li key={attempt.at}>
              <When at={attempt.at} />: {attemptWords(attempt)}
            </li>
          ))}
        </ul>
      )}
      <Raw of={delivery} />
    </>
  );
}
