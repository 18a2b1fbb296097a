import { Consumer } from '../broker/consumer.js';
import type { Part } from '../part.js';
import type { Surroundings } from '../parts.js';
import { Caller } from './call-endpoint.js';
import { openCleanUp } from './clean-up.js';
import { Intake, intakeAtOnce } from './intake.js';
import { MissingEvents } from './missing-events.js';
import { openNarrowed } from './narrowed.js';
import { type Resolve, resolveByDns } from './public-addresses.js';
import { Replays } from './replays.js';
import { Sender } from './sender.js';
import { WebhookMetrics } from './webhook-metrics.js';

/** What tests replace. */
export interface WebhookOptions {
  readonly resolve?: Resolve;
  readonly timeoutMs?: number;
}

/** Sends events to whoever subscribed over the API. */
export function openWebhooks(
  { config, database, publisher, names, metrics, log: parent }: Surroundings,
  { resolve, timeoutMs }: WebhookOptions = {},
): Part {
  const log = parent.child({ part: 'webhooks' });
  const allowPrivate = config.webhooksMayBePrivate;
  const caller = new Caller({
    allowPrivate,
    resolve: resolve ?? resolveByDns({ hosts: allowPrivate }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  const counts = new WebhookMetrics(metrics, database, () => sender.inFlight);
  const sender: Sender = new Sender(database, caller, counts, log);
  const wake = () => sender.wake();
  const intake = new Intake(database, wake, log);
  const replays = new Replays(database, wake, log);
  const cleanUp = openCleanUp(database, log);
  const narrowed = openNarrowed(database, log);
  const depth = () => (publisher.connected ? publisher.queues.get(names.queue('webhooks'))?.depth : undefined);
  const missing = new MissingEvents(database, depth, log);
  const consumer = new Consumer(
    config.amqpUrl,
    names,
    { queue: 'webhooks', atOnce: intakeAtOnce, handle: (message) => intake.take(message) },
    log,
  );
  return {
    name: 'webhooks',
    async start() {
      await consumer.open();
      for (const part of [sender, replays, cleanUp, narrowed, missing]) part.start();
    },
    async stop() {
      intake.stop();
      await Promise.all(
        [consumer, sender, replays, cleanUp, narrowed, missing].map((one) =>
          'close' in one ? one.close() : one.stop(),
        ),
      );
    },
  };
}
