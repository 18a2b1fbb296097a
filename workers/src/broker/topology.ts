import type { Channel } from 'amqplib';

/*
 * All that exists at the broker, in one table. Arguments of a queue that exists cannot be changed: a queue that shall be another one
 * gets a new version in its name, and the old one is drained and deleted.
 */

/** `transactions.<shard>`, `wallets.<shard>`, `alerts.0`. */
export const eventsExchange = 'events.v1';
const deadLettersExchange = 'dead-letters.v1';

interface QueueRule {
  readonly name: string;
  /** Routing keys of the events' exchange; none: messages are sent to the queue itself. */
  readonly events: readonly string[];
  /** How often a message is tried before it goes to the dead letters. */
  readonly deliveryLimit: number;
  /** Messages; beyond it the broker refuses, and who publishes waits. */
  readonly lengthMax: number;
  /** One consumer at a time, which keeps the order. */
  readonly singleConsumer: boolean;
}

export const queues = {
  /** Each names a row of `mails`. */
  mail: { name: 'mail.v1', events: [], deliveryLimit: 5, lengthMax: 100_000, singleConsumer: false },
  /** Each names a row of `summary_requests`. */
  summaries: { name: 'summaries.v1', events: [], deliveryLimit: 5, lengthMax: 10_000, singleConsumer: false },
  /** Every event. While it is full, the relay waits, with everybody who subscribed: a worker with the part `webhooks` must run. */
  webhooks: { name: 'webhooks.v1', events: ['#'], deliveryLimit: 20, lengthMax: 1_000_000, singleConsumer: true },
} as const satisfies Record<string, QueueRule>;

export type QueueName = keyof typeof queues;

/** What could not be handled, from every queue. */
export const deadLettersQueue = 'dead-letters.v1';

/** The platform's own names at a broker that several share. */
export class BrokerNames {
  readonly #prefix: string;

  constructor(namespace: string) {
    this.#prefix = namespace === 'wallet' ? 'smart-wallet' : `smart-wallet.${namespace}`;
  }

  get events(): string {
    return `${this.#prefix}.${eventsExchange}`;
  }

  get deadLettersExchange(): string {
    return `${this.#prefix}.${deadLettersExchange}`;
  }

  get deadLetters(): string {
    return `${this.#prefix}.${deadLettersQueue}`;
  }

  /** A queue's name without the platform's part. */
  short(queue: string): string {
    return queue.startsWith(`${this.#prefix}.`) ? queue.slice(this.#prefix.length + 1) : queue;
  }

  queue(name: QueueName): string {
    return `${this.#prefix}.${queues[name].name}`;
  }
}

/** The platform's own. */
export function allQueues(names: BrokerNames): string[] {
  return [names.deadLetters, ...(Object.keys(queues) as QueueName[]).map((name) => names.queue(name))];
}

/** One of the platform's own queues gets what has this routing key. */
export function isListenedTo(routingKey: string): boolean {
  return Object.values<QueueRule>(queues).some(({ events }) => events.some((key) => matches(key, routingKey)));
}

/** As a topic exchange does: `*` is one word, `#` any number. */
function matches(bindingKey: string, routingKey: string): boolean {
  if (bindingKey === '#' || bindingKey === routingKey) return true;
  const words = routingKey.split('.');
  const pattern = bindingKey.split('.');
  if (pattern.at(-1) === '#') return pattern.slice(0, -1).every((word, i) => word === '*' || word === words[i]);
  return pattern.length === words.length && pattern.every((word, i) => word === '*' || word === words[i]);
}

/** Makes what is missing. What is there already stays as it is. */
export async function assertTopology(channel: Channel, names: BrokerNames): Promise<void> {
  await channel.assertExchange(names.events, 'topic', { durable: true });
  await channel.assertExchange(names.deadLettersExchange, 'topic', { durable: true });
  await channel.assertQueue(names.deadLetters, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.bindQueue(names.deadLetters, names.deadLettersExchange, '#');
  for (const name of Object.keys(queues) as QueueName[]) {
    const rule: QueueRule = queues[name];
    await channel.assertQueue(names.queue(name), { durable: true, arguments: queueArguments(rule, names) });
    for (const key of rule.events) await channel.bindQueue(names.queue(name), names.events, key);
  }
}

/**
 * A message goes to the dead letters only once they have it: that needs a queue that refuses when it is full, instead of dropping.
 */
function queueArguments(rule: QueueRule, names: BrokerNames): Record<string, unknown> {
  return {
    'x-queue-type': 'quorum',
    // The broker's own limit counts deliveries after the first.
    'x-delivery-limit': rule.deliveryLimit - 1,
    'x-max-length': rule.lengthMax,
    'x-overflow': 'reject-publish',
    'x-dead-letter-exchange': names.deadLettersExchange,
    'x-dead-letter-routing-key': rule.name,
    'x-dead-letter-strategy': 'at-least-once',
    ...(rule.singleConsumer ? { 'x-single-active-consumer': true } : {}),
  };
}
