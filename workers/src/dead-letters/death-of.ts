import { createHash } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';
import { type BrokerNames, queues } from '../broker/topology.js';
import type { DeadLetter } from './record-dead-letter.js';

/** Set by the broker. */
interface Death {
  readonly reason?: unknown;
  readonly queue?: unknown;
  readonly time?: { readonly value?: unknown };
}

const ruleOf = (queue: string) => Object.values(queues).find(({ name }) => name === queue);

/** What the broker says of a message that it gave up on. @param now in milliseconds, where it does not say since when */
export function deathOf({ content, fields, properties }: ConsumeMessage, names: BrokerNames, now: number): DeadLetter {
  const headers: Record<string, unknown> = properties.headers ?? {};
  const deaths: unknown = headers['x-death'];
  const death: Death = (Array.isArray(deaths) ? deaths[0] : undefined) ?? {};
  const queue = names.short(typeof death.queue === 'string' ? death.queue : fields.routingKey);
  const reason = typeof death.reason === 'string' ? death.reason : 'unknown';
  const seconds = Number(death.time?.value);
  const messageId = typeof properties.messageId === 'string' ? properties.messageId : null;
  return {
    ...{ queue, messageId, reason, headers, payload: content },
    attempts:
      (reason === 'delivery_limit' && ruleOf(queue)?.deliveryLimit) || Number(headers['x-delivery-count'] ?? 0) + 1,
    firstFailedAt: new Date(seconds > 0 ? seconds * 1_000 : now),
    // The broker may bring one twice; and two that nothing tells apart are not the same for that.
    digest: messageId === null ? null : digestOf(queue, messageId, headers, content),
  };
}

function digestOf(queue: string, messageId: string, headers: object, content: Buffer): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([queue, messageId, headers]))
    .update(content)
    .digest();
}
