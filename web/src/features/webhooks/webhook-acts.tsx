import type { Webhook, WebhookReplay, WebhookSecret } from '@smart-wallet/client';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { askOnce } from '../../api/ask-once.js';
import { goneIsDone } from '../../api/gone-is-done.js';
import { useSigned } from '../../api/use-platform.js';
import { mayAct, mayConfigure } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';
import { ReasonField } from '../../ui/console/fields.js';
import { InstantInput } from '../../ui/console/inputs.js';
import { ShownOnce } from '../../ui/console/shown-once.js';
import { instantField, instantOf } from '../../ui/list/filters.js';
import { hostOf } from './webhook-events.js';
import { WebhookFields, webhookIn } from './webhook-fields.js';

const hourMs = 3_600_000;

/** Of whoever acts: send, and send again. Of admins: what it is. */
export function WebhookActs({ webhook }: { webhook: Webhook }) {
  const { user } = useSigned();
  return (
    <div className="acts">
      {mayAct(user) && webhook.status !== 'DISABLED' && <SendActs webhook={webhook} />}
      {mayConfigure(user) && (
        <>
          <StatusActs webhook={webhook} />
          <ConfigureActs webhook={webhook} />
        </>
      )}
    </div>
  );
}

function SendActs({ webhook: { webhookId: id, url } }: { webhook: Webhook }) {
  const { platform } = useSigned();
  const nowMs = Date.now();
  return (
    <>
      <ActButton
        label="Send a test event"
        title="Send a test event"
        words={<p>{hostOf(url)} gets an event that is nobody’s, signed like any other.</p>}
        fields={null}
        press={() => 'Send it'}
        ask={({ key }) => askOnce(platform.api.testWebhook({ path: { id } }), key)}
        lookFirst="Look whether its deliveries have one more: another press sends another."
        done={({ deliveryId }) => (
          <Link to="/webhooks/$id/deliveries/$deliveryId" params={{ id, deliveryId }} search={{} as never}>
            See what becomes of it
          </Link>
        )}
      />
      <ActButton<WebhookReplay>
        label="Replay"
        title="Send a time once more"
        words={<p>{hostOf(url)} gets what was created in this time once more, with the ids that it had.</p>}
        fields={
          <>
            <InstantInput name="from" label="From" value={instantField(new Date(nowMs - hourMs).toISOString())} />
            <InstantInput name="to" label="To" value={instantField(new Date(nowMs).toISOString())} />
          </>
        }
        press={() => 'Send it once more'}
        ask={({ typed, key }) =>
          askOnce(
            platform.api.replayWebhook({
              path: { id },
              body: { from: instantOf(typed.from ?? ''), to: instantOf(typed.to ?? '') },
            }),
            key,
          )
        }
        lookFirst="Its page tells whether it was asked for: another press sends it all once more."
        done={() => <>It is asked for: its page tells how far it has come.</>}
      />
    </>
  );
}

interface Change {
  readonly status: 'ACTIVE' | 'PAUSED' | 'DISABLED';
  readonly label: string;
  readonly words: string;
}

const pause: Change = {
  status: 'PAUSED',
  label: 'Pause',
  words: 'What happens meanwhile waits, and goes out once it is resumed.',
};
const resume: Change = { status: 'ACTIVE', label: 'Resume', words: 'What waits goes out, oldest first.' };
const disable: Change = {
  ...{ status: 'DISABLED', label: 'Disable' },
  words: 'Nothing is sent any more, what waits goes nowhere, and what happens meanwhile is had by a replay alone.',
};
const enable: Change = { status: 'ACTIVE', label: 'Enable', words: 'From now on events are sent to it again.' };

const changes: Readonly<Record<string, readonly Change[]>> = {
  ACTIVE: [pause, disable],
  PAUSED: [resume, disable],
  DISABLED: [enable],
};

function StatusActs({ webhook: { webhookId: id, status: now } }: { webhook: Webhook }) {
  const { platform } = useSigned();
  return (changes[now] ?? []).map(({ status, label, words }) => (
    <ActButton<Webhook>
      key={label}
      label={label}
      title={`${label} this webhook`}
      words={<p>{words}</p>}
      fields={<ReasonField />}
      press={() => `${label} it`}
      ask={({ typed, key }) =>
        askOnce(platform.api.changeWebhook({ path: { id }, body: { status, reason: typed.reason || null } }), key)
      }
      isDoneOnce
      done={() => <>So it is from now on.</>}
    />
  ));
}

function ConfigureActs({ webhook }: { webhook: Webhook }) {
  const { webhookId: id, url, version } = webhook;
  const { platform } = useSigned();
  const queries = useQueryClient();
  return (
    <>
      <ActButton<Webhook>
        label="Edit"
        title="Change this webhook"
        words={<p>Another address gets what waits, too.</p>}
        fields={<WebhookFields webhook={webhook} />}
        press={() => 'Change it'}
        ask={({ typed, key }) =>
          askOnce(platform.api.changeWebhook({ path: { id }, body: { ...webhookIn(typed), version } }), key)
        }
        isDoneOnce
        done={() => <>It is changed.</>}
      />
      <ActButton<WebhookSecret>
        label="New secret"
        title="Have it sign with a new secret"
        words={<p>The older ones sign too for a day, so that nothing is refused meanwhile.</p>}
        fields={null}
        press={() => 'Make a new secret'}
        ask={({ key }) => askOnce(platform.api.rotateWebhookSecret({ path: { id } }), key)}
        lookFirst="Its page tells when the newest secret was made. One whose answer was lost is seen by nobody: make another one."
        done={({ secret }) => <ShownOnce text={secret} what="The new secret" />}
      />
      <ActButton<object>
        label="Delete"
        title="Delete this webhook"
        words={<p>For good: {hostOf(url)} gets nothing any more, and what waits for it is gone.</p>}
        fields={null}
        press={() => 'Delete it'}
        ask={async ({ key }) => {
          const call = platform.api.deleteWebhook({ path: { id } }).then((answer) => ({ ...answer, data: {} }));
          const outcome = goneIsDone<object>(await askOnce<object>(call, key), {});
          void queries.invalidateQueries({ queryKey: ['webhooks', 'pages'] });
          return outcome;
        }}
        isDoneOnce
        done={() => (
          <>
            It is gone.{' '}
            <Link to="/webhooks" search={{} as never}>
              Back to the list
            </Link>
          </>
        )}
      />
    </>
  );
}
