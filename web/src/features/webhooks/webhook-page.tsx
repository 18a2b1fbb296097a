import type { Webhook } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { mayConfigure } from '../../session/may.js';
import { Drawer } from '../../ui/console/drawer.js';
import { Facts, Raw } from '../../ui/console/facts.js';
import { HistoryOf } from '../../ui/console/history-of.js';
import { Id } from '../../ui/console/id.js';
import { Loaded } from '../../ui/console/loaded.js';
import { Notice } from '../../ui/console/notice.js';
import { State } from '../../ui/console/state.js';
import { When } from '../../ui/console/when.js';
import { WebhookActs } from './webhook-acts.js';
import { eventWords, hostOf } from './webhook-events.js';
import { WebhookReplays } from './webhook-replays.js';
import { WebhookSecrets } from './webhook-secrets.js';

const everyMs = 2_000;

/** Whom it calls, of what, how that goes; and what to do about it. */
export function WebhookPage() {
  const { id } = useParams({ from: '/webhooks/$id' });
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['webhook', id],
    queryFn: ({ signal }) => answered(platform.api.getWebhook({ path: { id }, signal })),
    refetchInterval: everyMs,
  });
  return (
    <Drawer title={query.data ? hostOf(query.data.url) : 'Webhook'} backTo="/webhooks">
      <Loaded query={query} what="this webhook">
        {(webhook) => <WebhookStory webhook={webhook} />}
      </Loaded>
    </Drawer>
  );
}

function WebhookStory({ webhook }: { webhook: Webhook }) {
  const { user } = useSigned();
  const { webhookId: id, url, status, statusReason, statusBy, statusAt, failures, failingSince } = webhook;
  return (
    <>
      <p>
        <State state={status} />
      </p>
      {status !== 'ACTIVE' && (
        <Notice
          severity="warning"
          title={status === 'PAUSED' ? 'Nothing is sent: what happens waits' : 'Nothing is sent, and nothing waits'}
        >
          {statusBy === 'platform' ? 'The platform stopped it' : `By ${statusBy}`}, <When at={statusAt} />
          {statusReason && <> “{statusReason}”</>}
        </Notice>
      )}
      {failures > 0 && failingSince && (
        <Notice severity="warning" title={`The last ${failures === 1 ? 'attempt' : `${failures} attempts`} failed`}>
          None has succeeded since <When at={failingSince} />. Its deliveries say why.
        </Notice>
      )}
      <WebhookActs webhook={webhook} />
      <p>
        <Link to="/webhooks/$id/deliveries" params={{ id }} search={{}}>
          Its deliveries
        </Link>
      </p>
      <Facts
        facts={{
          Address: mayConfigure(user) ? <span className="mono">{url}</span> : `${url} (the rest is for admins)`,
          Events: eventWords(webhook.eventTypes),
          Wallets: webhook.walletIds
            ? webhook.walletIds.map((walletId) => (
                <span key={walletId}>
                  <Link to="/wallets/$id" params={{ id: walletId }}>
                    Wallet
                  </Link>{' '}
                  <Id id={walletId} />{' '}
                </span>
              ))
            : 'all',
          For: webhook.description,
          Made: (
            <>
              <When at={webhook.createdAt} /> by {webhook.createdBy}
            </>
          ),
          Id: <Id id={id} whole />,
        }}
      />
      <h3>Secrets</h3>
      <WebhookSecrets id={id} />
      <h3>Replays</h3>
      <WebhookReplays id={id} />
      <h3>Who did what</h3>
      <HistoryOf subject={id} />
      <Raw of={webhook} />
    </>
  );
}
