import { connect } from 'amqplib';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { documentedConsumer } from './documented-consumer.js';
import { RelayRun } from './relay-run.js';

let relays: RelayRun;

beforeAll(async () => {
  relays = await RelayRun.start();
});
afterAll(async () => {
  await relays?.stop();
});

test('relays, engines and the broker fail: every event arrives, in order, and what is repeated is the same', async () => {
  const { wrong, story } = await relays.go({ brokerAwayMs: 2_000, relayFaults: 2, takeovers: 2, clients: 8 });
  expect(wrong, story).toEqual([]);
  expect(relays.subscriber.seen.count).toBeGreaterThan(300);
}, 120_000);

test('the subscriber of the documentation, whose queue somebody deletes, sees what it missed and has it replayed', async () => {
  const { platform, walletIds } = relays.run;
  const follow = await documentedConsumer();
  const queue = 'documented';
  const lasts = new Map<number, number>();
  const handled = new Map<number, number[]>();
  /** One of each kind and fate. */
  const samples = new Map<string, Readonly<Record<string, unknown>>>();
  let over = false;
  let mayFollow = Promise.resolve();
  const following = (async () => {
    while (!over) {
      await mayFollow;
      await follow({
        ...{ amqpUrl: platform.stack.amqpUrl, apiUrl: platform.gatewayUrl, token: platform.token, queue, lasts },
        async handle({ type, partition, sequence, data }) {
          if (type.startsWith('transaction.')) samples.set(`${data.kind} ${data.failureCode}`, data);
          handled.set(partition, [...(handled.get(partition) ?? []), sequence]);
        },
      });
    }
  })();
  // Told where it is awaited, and not beside another failure.
  following.catch(() => {});
  const broker = await connect(platform.stack.amqpUrl);
  // What a request failed for is asked for again after half a minute.
  const patience = { timeout: 75_000, interval: 100 };
  const isThere = async () => {
    const channel = await broker.createChannel();
    channel.on('error', () => {});
    return channel.checkQueue(queue).then(
      () => channel.close().then(() => true),
      () => false,
    );
  };
  const allHandled = () => vi.waitFor(async () => expect(lasts).toEqual(await relays.lasts()), patience);
  const replays = async () =>
    (await relays.run.ask<{ n: number }>('SELECT count(*)::int AS n FROM event_replays'))[0]?.n as number;

  // It subscribed late: it has the past replayed once it sees something.
  await vi.waitUntil(isThere, patience);
  await relays.payInto(walletIds);
  await allHandled();
  const before = await replays();

  const reconnect = Promise.withResolvers<void>();
  mayFollow = reconnect.promise;
  const channel = await broker.createChannel();
  await channel.deleteQueue(queue);
  await relays.payInto(walletIds);
  // Or the queue is there again before what it is to miss.
  await relays.hasRelayed();
  reconnect.resolve();
  await vi.waitUntil(isThere, patience);
  await relays.payInto(walletIds);
  await allHandled();
  expect(await replays()).toBeGreaterThan(before);
  for (const [partition, last] of lasts) {
    expect(handled.get(partition)).toEqual(Array.from({ length: last }, (_, i) => i + 1));
  }
  expect(samples.size).toBeGreaterThan(5);
  for (const [what, data] of samples)
    expect(data, what).toMatchObject(await relays.transaction(data.transactionId as string));
  over = true;
  await channel.deleteQueue(queue);
  await following;
  await broker.close();
}, 240_000);
