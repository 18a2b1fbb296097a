import type { FastifyRequest } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LiveView } from '../live/live-view.js';
import { type Database, openDatabase } from '../storage/database.js';
import { SystemService } from '../system/system.service.js';
import { systemAnswer } from '../system/system-answer.js';
import { openScratch, type Scratch } from '../testing/scratch.js';
import { EventsService } from './events.service.js';
import { replayOutcome, replaysPendingMax } from './replay-request.js';

let scratch: Scratch;
let database: Database;
let events: EventsService;

beforeAll(async () => {
  scratch = await openScratch();
  const databaseUrl = scratch.database.urlAs('wallet_gateway');
  database = openDatabase({ databaseUrl, databaseConnectionsMax: 4 }, pino({ level: 'silent' }));
  events = new EventsService(database);
});
afterAll(async () => {
  await database?.end();
  await scratch?.database.drop();
});

const ask = (body: unknown) =>
  events.replay({ body, bearer: { subject: 'user:ann' }, traceId: 'trace-1' } as unknown as FastifyRequest);

it('a replay is a row that the relay finds, and a line of the audit log', async () => {
  const { status, body } = await ask({ partition: 9, fromSequence: 3, toSequence: 7 });
  const { replayId } = JSON.parse(body);
  expect([status, JSON.parse(body)]).toEqual([202, { replayId, partition: 9, fromSequence: 3, toSequence: 7 }]);
  const { rows } = await scratch.database.admin.query(
    `SELECT r.status, r.requested_by, a.action, a.detail->'after'->>'replayId' AS id
       FROM event_replays r, audit_log a WHERE a.action = 'EVENTS_REPLAYED'`,
  );
  expect(rows).toEqual([{ status: 'PENDING', requested_by: 'user:ann', action: 'EVENTS_REPLAYED', id: replayId }]);
});

it('what became of a replay is read by its id', async () => {
  const { replayId } = JSON.parse((await ask({ partition: 8, fromSequence: 3, toSequence: 7 })).body);
  const read = async () => replayOutcome.parse(JSON.parse((await events.read(replayId)).body));
  expect(await read()).toMatchObject({
    ...{ replayId, partition: 8, fromSequence: 3, toSequence: 7, status: 'PENDING', publishedTo: null },
    ...{ requestedBy: 'user:ann', finishedAt: null, error: null },
  });
  await scratch.database.admin.query(
    `UPDATE event_replays SET status = 'FAILED', published_to = 4, finished_at = clock_timestamp(), error = 'a row makes no event'
      WHERE replay_id = $1`,
    [replayId],
  );
  expect(await read()).toMatchObject({ status: 'FAILED', publishedTo: 4, error: 'a row makes no event' });
  expect((await read()).finishedAt).not.toBeNull();
  await expect(events.read('0199d2f4-7c1e-7b3a-9c55-0242ac12ffff')).rejects.toMatchObject({
    problem: { code: 'EVENT_REPLAY_NOT_FOUND' },
  });
  await expect(events.read('x')).rejects.toMatchObject({ problem: { code: 'VALIDATION_FAILED' } });
});

it.each([
  ['a partition that is not there', { partition: 64, fromSequence: 1, toSequence: 1 }, 'PARTITION'],
  ['too many at once', { partition: 1, fromSequence: 1, toSequence: 100_001 }, 'RANGE'],
  ['an end before the beginning', { partition: 1, fromSequence: 2, toSequence: 1 }, 'RANGE'],
])('%s is refused', async (_, body, rule) => {
  await expect(ask(body)).rejects.toMatchObject({ problem: { errors: [{ rule }] } });
});

it('so many wait, and no more', async () => {
  await scratch.database.admin.query(
    `INSERT INTO event_replays (partition, from_sequence, to_sequence, requested_by)
       SELECT 1, 1, 1, 'test' FROM generate_series(1, $1)`,
    [replaysPendingMax],
  );
  await expect(ask({ partition: 1, fromSequence: 1, toSequence: 1 })).rejects.toMatchObject({
    problem: { code: 'TOO_MANY_REPLAYS' },
  });
});

it('the system is read from what programs say of themselves', async () => {
  await scratch.database.admin.query(
    `INSERT INTO workers_alive (instance_id, name, version, parts, queues)
       VALUES (gen_random_uuid(), 'workers-1', '1.2.3', '{relay}', '[{"name": "x.dead-letters.v1", "depth": 2, "consumers": 0}]');
     INSERT INTO broker_incidents (what, queue) VALUES ('QUEUE_LOST', 'x')`,
  );
  const { body } = await new SystemService(database, new LiveView()).read();
  const system = systemAnswer.parse(JSON.parse(body));
  expect(system).toMatchObject({
    ...{ engines: [], deadLetters: 2, versions: { workers: '1.2.3' }, incidents: [{ what: 'QUEUE_LOST', queue: 'x' }] },
    ...{ workers: [{ name: 'workers-1', parts: ['relay'] }], relay: { epoch: 0, holder: null, lagBatches: 0 } },
  });
  expect(system.partitions).toHaveLength(64);
});
