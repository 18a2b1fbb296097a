import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BrokerConnection } from './broker-connection.js';
import { ConfirmClock } from './confirm-clock.js';
import { Consumer } from './consumer.js';
import { LastingChannel } from './lasting-channel.js';
import { NotConfirmedError, Publisher } from './publisher.js';
import { BrokerNames } from './topology.js';

const url = process.env.TEST_AMQP_URL as string;
const warnings: string[] = [];
const log = pino({ level: 'warn' }, { write: (line) => void warnings.push(line) });
const patience = { timeout: 10_000, interval: 20 };
/** What was opened last is closed first. */
const opened: { close(): Promise<unknown> }[] = [];
let names: BrokerNames;
let stranger: Channel;

beforeEach(async () => {
  names = new BrokerNames(`test-${randomUUID()}`);
  const connection = await connect(url);
  opened.push(connection);
  stranger = await connection.createChannel();
});
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function openPublisher(): Promise<Publisher> {
  const publisher = new Publisher(url, names, log);
  opened.push(publisher);
  await publisher.open();
  await vi.waitUntil(() => publisher.connected, patience);
  return publisher;
}

const mail = (messageId: string) => ({ messageId, body: { messageId } });

test('a publisher whose login is refused was never connected; one that was keeps it, whatever becomes of its connection', async () => {
  const wrong = new URL(url);
  wrong.password = 'another';
  const refused = new Publisher(wrong.href, names, log);
  opened.push(refused);
  await refused.open();
  await vi.waitUntil(() => warnings.some((line) => line.includes('RabbitMQ cannot be reached')), patience);
  expect([refused.connected, refused.wasConnected]).toEqual([false, false]);
  const publisher = await openPublisher();
  expect(publisher.wasConnected).toBe(true);
  await publisher.close();
  expect([publisher.connected, publisher.wasConnected]).toEqual([false, true]);
});

test('an exchange that was deleted is made again by who publishes to it, with all of the platform’s queues bound', async () => {
  const publisher = await openPublisher();
  await stranger.deleteExchange(names.events);
  await stranger.deleteExchange(names.deadLettersExchange);
  await expect(publisher.publish({ routingKey: 'alerts.0' }, mail('lost'))).rejects.toThrow(NotConfirmedError);
  await publisher.publish({ routingKey: 'alerts.0' }, mail('taken'));
  await stranger.checkExchange(names.deadLettersExchange);
  await publisher.publish({ queue: 'mail' }, mail('mail'));
  const message = await stranger.get(names.queue('mail'));
  if (!message) throw new Error('the mail did not arrive');
  stranger.reject(message, false);
  await vi.waitFor(async () => expect((await stranger.checkQueue(names.deadLetters)).messageCount).toBe(1), patience);
});

test('a channel that cannot be opened on a living connection is tried again until it can', async () => {
  const publisher = await openPublisher();
  await stranger.deleteExchange(names.events);
  // Nobody may publish to it, and it is in the way of ours: the broker closes every channel that asks for one.
  await stranger.assertExchange(names.events, 'topic', { durable: true, internal: true });
  await expect(publisher.publish({ routingKey: 'alerts.0' }, mail('lost'))).rejects.toThrow(NotConfirmedError);
  const waiting = publisher.publish({ queue: 'mail' }, mail('waits'));
  const attempts = () => warnings.filter((text) => text.includes('a channel cannot be opened')).length;
  await vi.waitUntil(() => attempts() >= 2, patience);
  expect(publisher.connected).toBe(false);
  await stranger.deleteExchange(names.events);
  await waiting;
  expect(await stranger.get(names.queue('mail'))).toMatchObject({ properties: { messageId: 'waits' } });
});

test('a queue that is deleted under its consumer is listened to again once it is made again', async () => {
  const publisher = await openPublisher();
  const taken: string[] = [];
  let lost = 0;
  const handle = async ({ messageId }: { messageId: string }) => {
    taken.push(messageId);
    return 'DONE' as const;
  };
  const consumer = new Consumer(url, names, { queue: 'mail', atOnce: 4, handle, onQueueLost: () => lost++ }, log);
  opened.push(consumer);
  await consumer.open();
  await publisher.publish({ queue: 'mail' }, mail('before'));
  await vi.waitFor(() => expect(taken).toEqual(['before']), patience);
  await stranger.deleteQueue(names.queue('mail'));
  await vi.waitUntil(() => lost === 1 && consumer.connected, patience);
  await publisher.publish({ queue: 'mail' }, mail('after'));
  await vi.waitFor(() => expect(taken).toEqual(['before', 'after']), patience);
});

test('a queue whose messages nobody confirms is left for another channel, and they are published again', async () => {
  const confirms = new ConfirmClock();
  let channels = 0;
  const lasting = new LastingChannel({
    ...{ url, name: 'test', log, confirms, silenceMaxMs: 200 },
    make: (model) => model.createConfirmChannel(),
    prepare: async () => {},
    opened: () => {
      channels += 1;
      // Sent, and never answered.
      if (channels === 1) confirms.sent();
    },
  });
  opened.push(lasting);
  await lasting.open();
  await vi.waitUntil(() => channels === 2 && lasting.current !== null, patience);
  expect(confirms.silentMs).toBe(0);
});

test('a connection that dies while it is set up is made anew', async () => {
  const models: ChannelModel[] = [];
  const connection = new BrokerConnection(url, 'test', log, async (model) => {
    models.push(model);
    // As of a channel's close that nobody answers any more.
    if (models.length === 1) await new Promise(() => {});
  });
  opened.push(connection);
  await connection.open();
  await vi.waitUntil(() => models.length === 1, patience);
  const { connection: inside } = models[0] as unknown as { connection: { stream: Socket } };
  inside.stream.destroy(new Error('cut'));
  await vi.waitUntil(() => connection.connected, patience);
  expect(models).toHaveLength(2);
});
