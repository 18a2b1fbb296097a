import type { NewWebhook as Made } from '@smart-wallet/client';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { askOnce } from '../../api/ask-once.js';
import { useSigned } from '../../api/use-platform.js';
import { mayConfigure } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';
import { ShownOnce } from '../../ui/console/shown-once.js';
import { WebhookFields, webhookIn } from './webhook-fields.js';

/** One's own new row is in the list at once. */
export function NewWebhook() {
  const { user, platform } = useSigned();
  const queries = useQueryClient();
  if (!mayConfigure(user)) return null;
  return (
    <ActButton<Made>
      label="New webhook"
      title="Have events sent to an address"
      words={
        <p>From now on each event is posted to it, signed. Who has the address gets what happens in your wallets.</p>
      }
      fields={<WebhookFields />}
      press={() => 'Make the webhook'}
      ask={async ({ typed, key }) => {
        const outcome = await askOnce(platform.api.createWebhook({ body: webhookIn(typed) }), key);
        void queries.invalidateQueries({ queryKey: ['webhooks', 'pages'] });
        return outcome;
      }}
      lookFirst="Look whether the list has it. If so, delete it: its secret was in the answer that was lost."
      done={({ webhookId, secret }) => (
        <>
          <ShownOnce text={secret} what="Its secret, which signs every delivery," />{' '}
          <Link to="/webhooks/$id" params={{ id: webhookId }}>
            Open it
          </Link>
        </>
      )}
    />
  );
}
