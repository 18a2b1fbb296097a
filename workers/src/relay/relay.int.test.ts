import { connect } from 'amqplib';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { EventSubscriber } from '../testing/event-subscriber.js';
import { SeenEvents } from '../testing/seen-events.js';
import { openWorkersScratch, type WorkersScratch } from '../testing/workers-scratch.js';
import { WrittenLedger } from '../testing/written-ledger.js';
import { Relay } from './relay.js';
import { takeLease } from './relay-store.js';

let scratch: WorkersScratch;
let ledger: WrittenLedger;
let subscriber: EventSubscriber;
const relays: Relay[] = [];
const patience = { timeout: 15_000, interval: 30 };

beforeAll(async () => {
  scratch = await openWorkersScratch({ LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent' });
  ledger = new WrittenLedger(scratch.scratch.admin);
  subscriber = await subscribe(`${scratch.names.events}.stranger`);
});
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
});
afterAll(async () => {
  await subscriber?.close();
  await scratch?.close();
});

async function subscribe(queue: string, queueArguments?: Record<string, unknown>): Promise<EventSubscriber> {
  const { config, names, log } = scratch;
  const made = new EventSubscriber(config.amqpUrl, names.events, queue, log, new SeenEvents(), queueArguments);
  await made.open();
  await vi.waitUntil(() => made.isListening, patience);
  return made;
}

async function startRelay(): Promise<Relay> {
  const { config, database, names, log } = scratch;
  const metrics = new Registry();
  const relay = new Relay({ amqpUrl: config.amqpUrl, holder: 'test', database, names, metrics, log });
  relays.push(relay);
  await relay.start();
  return relay;
}

const everythingSeen = (of = subscriber) =>
  vi.waitFor(() => expect(of.seen.missing(ledger.lasts)).toEqual([]), patience);

async function row(sql: string, values: unknown[] = []) {
  return (await scratch.scratch.admin.query(sql, values)).rows[0];
}

test('every event comes once, in order, with its number, over takeovers and changes', async () => {
  const relay = await startRelay();
  const one = await ledger.engine(1, 2, 9);
  const [first] = await ledger.commit(one, [1, 2, 9, 1], { changes: [{ partition: 9, place: 1 }] });
  await ledger.commit(one, [1, 9]);
  const two = await ledger.engine(9);
  const three = await ledger.engine();
  await ledger.take(three, 9);
  await ledger.commit(three, [9, 9]);
  await ledger.take(two, 9);
  await ledger.commit(two, [9]);
  await ledger.commit(one, [1]);
  await everythingSeen();
  expect(subscriber.seen).toMatchObject({ wrong: [], gaps: [], duplicates: 0 });
  expect(subscriber.seen.partitions.get(1)?.[1]).toMatchObject({
    ...{ eventId: first, type: 'transaction.succeeded', version: 1, partition: 1, sequence: 1 },
    data: { transactionId: first, amount: '12.50', senderEntryNo: 1, receiverBalanceAfter: '2.00', released: null },
  });
  expect(
    subscriber.seen.partitions
      .get(9)
      ?.slice(1, 3)
      .map((event) => event?.type),
  ).toEqual(['wallet.status_changed', 'transaction.succeeded']);
  await vi.waitFor(async () => expect((await row('SELECT * FROM relay_lag')).batches).toBe('0'), patience);
  expect(relay.figures).toMatchObject({ unconfirmed: 0, stoppedPartitions: 0, stoppedEngines: 0 });
});

test('of two relays one works, and what a relay writes after it lost its lease is refused', async () => {
  const one = await startRelay();
  await vi.waitUntil(() => one.figures.epoch !== null, patience);
  const other = await startRelay();
  expect(await takeLease(scratch.database, 'third')).toBeNull();
  const engine = await ledger.engine(3);
  await scratch.scratch.admin.query(
    `UPDATE relay_lease SET epoch = epoch + 1, renewed_at = '-infinity', holder = 'nobody'`,
  );
  await ledger.commit(engine, [3, 3]);
  await everythingSeen();
  // Either may have it; the one that had it has found out.
  await vi.waitFor(
    () => expect([one, other].filter(({ figures }) => figures.epoch !== null)).toHaveLength(1),
    patience,
  );
  await ledger.commit(engine, [3]);
  await everythingSeen();
  expect(subscriber.seen.wrong).toEqual([]);
});

test('a relay that ends in the middle leaves the rest to the next, which repeats and leaves out nothing', async () => {
  const engine = await ledger.engine(4, 12, 20);
  let written = 0;
  let over = false;
  const writing = (async () => {
    while (!over) {
      await ledger.commit(engine, [4, 12, 20, 4]);
      written += 1;
    }
  })();
  for (let i = 0; i < 4; i++) {
    const relay = await startRelay();
    await vi.waitUntil(() => relay.figures.published > 0, patience);
    await relay.stop();
    relays.splice(0);
  }
  over = true;
  await writing;
  await startRelay();
  await everythingSeen();
  expect(written).toBeGreaterThan(4);
  expect(subscriber.seen).toMatchObject({ wrong: [], gaps: [] });
});

test('a queue that is full holds everything back, and nothing is lost or out of order', async () => {
  const relay = await startRelay();
  const queue = `${scratch.names.events}.full`;
  const broker = await connect(scratch.config.amqpUrl);
  const channel = await broker.createChannel();
  const full = { 'x-queue-type': 'quorum', 'x-max-length': 5, 'x-overflow': 'reject-publish' };
  await channel.assertQueue(queue, { durable: true, arguments: full });
  await channel.bindQueue(queue, scratch.names.events, '#');
  const engine = await ledger.engine(5);
  for (let i = 0; i < 60; i++) await ledger.commit(engine, [5]);
  await vi.waitUntil(() => relay.figures.heldBack, patience);
  const late = await subscribe(queue, full);
  await everythingSeen();
  await vi.waitFor(() => expect(late.seen.missing(new Map([[5, 60]]))).toEqual([]), patience);
  expect(late.seen.wrong).toEqual([]);
  expect(relay.figures).toMatchObject({ heldBack: false, unconfirmed: 0 });
  await late.close();
  await broker.close();
});

test('a number that does not follow stops its partition, and nothing else; it goes on where somebody says', async () => {
  const relay = await startRelay();
  const engine = await ledger.engine(6, 14);
  await ledger.commit(engine, [6, 14]);
  await ledger.commit(engine, [6], { jump: 3 });
  await ledger.commit(engine, [14, 6]);
  await vi.waitUntil(() => relay.figures.stoppedPartitions === 1, patience);
  await vi.waitFor(() => expect(subscriber.seen.partitions.get(14)).toHaveLength(3), patience);
  expect(subscriber.seen.partitions.get(6)).toHaveLength(2);
  await vi.waitFor(async () => {
    expect(await row('SELECT sequence, stopped_why FROM relay_partitions WHERE partition = 6')).toMatchObject({
      ...{ sequence: '1', stopped_why: expect.stringContaining('begins at 5, expected was 2') },
    });
  }, patience);

  await scratch.scratch.admin.query(
    'UPDATE relay_partitions SET sequence = 4, stopped_at = NULL, stopped_why = NULL WHERE partition = 6',
  );
  await vi.waitFor(() => expect(subscriber.seen.partitions.get(6)).toHaveLength(7), patience);
  await ledger.commit(engine, [6]);
  await vi.waitFor(() => expect(subscriber.seen.partitions.get(6)).toHaveLength(8), patience);
  expect(subscriber.seen.gaps.splice(0)).toEqual([{ partition: 6, from: 2, to: 4 }]);
  ledger.lasts.delete(6);
});

test('a partition that cannot go on holds up neither another one nor what is wanted once more', async () => {
  const relay = await startRelay();
  const engine = await ledger.engine(21, 22, 23);
  await ledger.commit(engine, [21, 22, 23]);
  await everythingSeen();
  await ledger.commit(engine, [21, 22], { jump: 3 });
  await vi.waitUntil(() => relay.figures.stoppedPartitions === 2, patience);
  await vi.waitFor(async () => {
    expect(await row('SELECT count(*)::int FROM relay_partitions WHERE stopped_at IS NOT NULL')).toEqual({ count: 2 });
    expect(await row('SELECT sequence FROM relay_partitions WHERE partition = 23')).toEqual({ sequence: '1' });
  }, patience);
  const before = subscriber.seen.duplicates;
  await scratch.scratch.admin.query('DELETE FROM relay_checkpoints WHERE partition = 21');
  await scratch.scratch.admin.query(
    'UPDATE relay_partitions SET sequence = 4, stopped_at = NULL, stopped_why = NULL WHERE partition IN (21, 22)',
  );
  await row(
    `INSERT INTO event_replays (partition, from_sequence, to_sequence, requested_by) VALUES (23, 1, 1, 'test')`,
  );
  await vi.waitUntil(() => relay.figures.stoppedPartitions === 1, patience);
  await vi.waitFor(() => expect(subscriber.seen.partitions.get(22)).toHaveLength(6), patience);
  await vi.waitFor(() => expect(subscriber.seen.duplicates).toBe(before + 1), patience);
  expect(subscriber.seen.partitions.get(21)).toHaveLength(2);
  await scratch.scratch.admin.query('UPDATE relay_partitions SET sequence = passed WHERE partition = 21');
  await vi.waitUntil(() => relay.figures.stoppedPartitions === 0, patience);
  expect(subscriber.seen.gaps.splice(0)).toEqual([{ partition: 22, from: 2, to: 4 }]);
  for (const partition of [21, 22]) ledger.lasts.delete(partition);
});

test('a batch that is missing stops its engine, loudly', async () => {
  const relay = await startRelay();
  const engine = await ledger.engine(7);
  await ledger.commit(engine, [7]);
  await everythingSeen();
  engine.batchSeq += 1;
  await ledger.commit(engine, [7]);
  await vi.waitUntil(() => relay.figures.stoppedEngines === 1, patience);
  expect(await row('SELECT stopped_why FROM relay_cursors WHERE engine_id = $1', [engine.engineId])).toMatchObject({
    stopped_why: 'batch 3: batches behind 1 are missing',
  });
  ledger.lasts.delete(7);
});

test('events are published once more from the ledger, with the same ids, wherever they lie', async () => {
  await startRelay();
  const [one, two] = [await ledger.engine(8), await ledger.engine()];
  for (let i = 0; i < 12; i++) {
    const engine = i % 4 < 2 ? one : two;
    await ledger.take(engine, 8);
    await ledger.commit(
      engine,
      Array.from({ length: 40 }, () => 8),
      { changes: [{ partition: 8, place: 7 }] },
    );
  }
  await everythingSeen();
  await vi.waitFor(async () => {
    expect((await row('SELECT sequence FROM relay_partitions WHERE partition = 8')).sequence).toBe('492');
  }, patience);
  const before = subscriber.seen.duplicates;
  const { id } = await row(`SELECT request_event_replay(8::smallint, 30, 470, 10, 'test', NULL) AS id`);
  await vi.waitFor(async () => {
    expect(await row('SELECT status, error, published_to FROM event_replays WHERE replay_id = $1', [id])).toEqual({
      ...{ status: 'DONE', error: null, published_to: '470' },
    });
  }, patience);
  await vi.waitFor(() => expect(subscriber.seen.duplicates).toBe(before + 441), patience);
  expect(subscriber.seen.wrong).toEqual([]);
  expect(await row(`SELECT caller, subject FROM audit_log WHERE action = 'EVENTS_REPLAYED'`)).toEqual({
    ...{ caller: 'test', subject: 'partition 8' },
  });
  await row(`SELECT request_event_replay(8::smallint, 4000, 5000, 10, 'test', NULL)`);
  await vi.waitFor(async () => {
    expect(await row(`SELECT error FROM event_replays WHERE from_sequence = 4000`)).toEqual({
      error: 'there are no such events yet',
    });
  }, patience);
});

test('a queue that was deleted by hand is made again, and is an incident', async () => {
  const mail = scratch.names.queue('mail');
  await vi.waitFor(
    async () => expect(await row('SELECT queue FROM broker_queues WHERE queue = $1', [mail])).toBeDefined(),
    patience,
  );
  await scratch.scratch.admin.query(`UPDATE broker_queues SET made_at = now() - interval '1 hour'`);
  expect(await row('SELECT * FROM broker_incidents')).toBeUndefined();
  const broker = await connect(scratch.config.amqpUrl);
  const channel = await broker.createChannel();
  await channel.deleteQueue(mail);
  await vi.waitFor(async () => {
    expect(await row('SELECT what, queue FROM broker_incidents')).toEqual({ what: 'QUEUE_LOST', queue: mail });
  }, patience);
  await channel.checkQueue(mail);
  await broker.close();
});
