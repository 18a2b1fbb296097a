import { randomBytes, randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { Webhook } from 'standardwebhooks';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Part } from '../part.js';
import type { LedgerEvent } from '../relay/event.js';
import { answer, EndpointServer, hang } from '../testing/endpoint-server.js';
import { openWorkersScratch, type WorkersScratch } from '../testing/workers-scratch.js';
import { WrittenLedger } from '../testing/written-ledger.js';
import { deleteEnded, deleteOfDeleted, deleteRest, giveUpWaiting, kept } from './clean-up.js';
import { askAgain } from './lost-events.js';
import { openWebhooks } from './open-webhooks.js';

/** RabbitMQ, Postgres, an endpoint that behaves as it is told; two workers send. */
const endpoint = new EndpointServer();
let workers: WorkersScratch;
let parts: Part[] = [];
const patience = { timeout: 15_000, interval: 30 };
const timeoutMs = 3_000;

beforeAll(async () => {
  await endpoint.start();
  workers = await openWorkersScratch({
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    WEBHOOK_ALLOW_PRIVATE: 'on',
  });
  parts = [openWebhooks(workers, { timeoutMs }), openWebhooks({ ...workers, metrics: new Registry() }, { timeoutMs })];
  for (const part of parts) await part.start();
});
afterAll(async () => {
  await Promise.all(parts.map((part) => part.stop()));
  await workers?.close();
  await endpoint.stop();
});

const admin = () => workers.scratch.admin;
const one = async (text: string, values: unknown[]) => Object.values((await admin().query(text, values)).rows[0])[0];

interface Hook {
  id: string;
  secret: string;
  path: string;
}

/** A webhook for an event type that nobody else has, so that tests do not get each other's. */
async function hook(
  type: string,
  { url, wallets = null }: { url?: string; wallets?: string[] | null } = {},
): Promise<Hook> {
  const id = uuidv7();
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const path = `/${id}`;
  const values = [id, url ?? `${endpoint.url}${path}`, [type], wallets, secret, 'user:ann'];
  expect(await one('SELECT create_webhook($1, $2, $3, $4, NULL, $5, 1000, $6, NULL)', values)).toBe('CREATED');
  return { id, secret, path };
}

let sequence = 0;
function event(type: string, data: object = {}): LedgerEvent {
  sequence += 1;
  // Of no partition: nothing is said to be missing between them.
  return {
    eventId: uuidv7(),
    type,
    version: 1,
    occurredAt: new Date().toISOString(),
    partition: null,
    sequence,
    data,
  } as never;
}

async function publish(...events: LedgerEvent[]): Promise<void> {
  const messageId = randomUUID();
  await workers.publisher.publish({ routingKey: 'alerts.0' }, { messageId, body: { messageId, shard: 0, events } });
}

const delivery = async (hookId: string, eventId: string) =>
  (
    await admin().query(
      'SELECT * FROM webhook_deliveries WHERE webhook_id = $1 AND event_id = $2 ORDER BY delivery_id',
      [hookId, eventId],
    )
  ).rows[0];
const becomes = (hookId: string, { eventId }: LedgerEvent, state: object) =>
  vi.waitFor(async () => expect(await delivery(hookId, eventId)).toMatchObject(state), patience);
const webhook = async (id: string) =>
  (await admin().query('SELECT * FROM webhooks WHERE webhook_id = $1', [id])).rows[0];
const change = (id: string, what: object) =>
  one('SELECT change_webhook_v3($1, NULL, $2, NULL, $3, NULL)', [id, what, 'user:ann']);
/** As if its time had come. */
const isDue = (hookId: string) =>
  admin().query(
    "UPDATE webhook_deliveries SET next_attempt_at = now() - interval '1 s' WHERE webhook_id = $1 AND status = 'PENDING'",
    [hookId],
  );
const receivedIds = ({ path }: Hook) => endpoint.at(path).map(({ eventId }) => eventId);
const waitSeconds = async (hookId: string, eventId: string) =>
  Number(
    await one(
      'SELECT extract(epoch FROM next_attempt_at - clock_timestamp()) FROM webhook_deliveries WHERE webhook_id = $1 AND event_id = $2',
      [hookId, eventId],
    ),
  );

test('an event arrives as it was published, signed as Standard Webhooks has it, and once', async () => {
  const to = await hook('t.signed');
  const other = await hook('t.other');
  const sent = event('t.signed', { note: 'Zürich \u2028 "]}\\', senderWalletId: randomUUID() });
  await publish(sent);
  await publish(sent);
  await becomes(to.id, sent, { status: 'DELIVERED', failures: 0, claims: 1 });
  const [got] = endpoint.at(to.path);
  expect(got?.body).toBe(JSON.stringify(sent));
  expect(new Webhook(to.secret).verify(got?.body as string, got?.headers as never)).toEqual(sent);
  expect(() => new Webhook(other.secret).verify(got?.body as string, got?.headers as never)).toThrow();
  expect(() => new Webhook(to.secret).verify(`${got?.body} `, got?.headers as never)).toThrow();
  expect(got?.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': sent.eventId });
  const last = event('t.signed');
  await publish(last);
  await becomes(to.id, last, { status: 'DELIVERED' });
  expect(receivedIds(to)).toEqual([sent.eventId, last.eventId]);
  expect(endpoint.at(other.path)).toEqual([]);
  const { attempts } = await delivery(to.id, sent.eventId);
  expect(attempts).toEqual([
    { at: expect.stringMatching(/^2\d{3}-.*Z$/), status: 204, durationMs: expect.any(Number), error: null },
  ]);
});

test('a number stays as it was written, however long it is', async () => {
  const to = await hook('t.number');
  const { eventId } = event('t.number');
  const text = `{"eventId":"${eventId}","type":"t.number","version":1,"partition":null,"sequence":1,"data":{"metadata":{"n":12345678901234567890.10}}}`;
  const body = Buffer.from(`{"messageId":"m","shard":0,"events":[${text}]}`);
  await workers.publisher.publish({ routingKey: 'transactions.1' }, { messageId: 'm', body });
  await vi.waitFor(() => expect(endpoint.at(to.path).map((got) => got.body)).toEqual([text]), patience);
});

test('who named wallets has what is about them, and nothing else', async () => {
  const [a, b] = [randomUUID(), randomUUID()];
  const to = await hook('t.wallets', { wallets: [a] });
  const wanted = [
    event('t.wallets', { senderWalletId: a }),
    event('t.wallets', { receiverWalletId: a }),
    event('t.wallets', { walletId: a }),
  ];
  await publish(event('t.wallets', { senderWalletId: b, receiverWalletId: b }), ...wanted, event('t.wallets'));
  await vi.waitFor(() => expect(receivedIds(to).sort()).toEqual(wanted.map(({ eventId }) => eventId).sort()), patience);
  expect((await admin().query('SELECT FROM webhook_deliveries WHERE webhook_id = $1', [to.id])).rowCount).toBe(3);
});

test('what waits when a webhook is narrowed is judged by what it wants when it would be sent', async () => {
  const [a, b] = [randomUUID(), randomUUID()];
  const to = await hook('t.narrowed');
  endpoint.on(to.path, answer(500));
  const [kept, left] = [event('t.narrowed', { senderWalletId: a }), event('t.narrowed', { senderWalletId: b })];
  await publish(kept, left);
  for (const sent of [kept, left]) await becomes(to.id, sent, { status: 'PENDING', failures: 1, leased_until: null });
  endpoint.on(to.path, answer(200));
  // As where a worker made the delivery by what it had read before the change: nobody holds it against the change but who sends.
  await admin().query('UPDATE webhooks SET wallet_ids = $2 WHERE webhook_id = $1', [to.id, [a]]);
  await isDue(to.id);
  await becomes(to.id, kept, { status: 'DELIVERED' });
  await becomes(to.id, left, { status: 'FAILED', attempts: [{ status: 500 }, { status: null }] });
  expect(receivedIds(to).filter((id) => id === left.eventId)).toHaveLength(1);
  // Of one that is PAUSED the rest is ended, too.
  expect(await change(to.id, { status: 'PAUSED' })).toBe('CHANGED');
  const waits = event('t.narrowed', { walletId: a });
  await publish(waits);
  await becomes(to.id, waits, { status: 'PENDING' });
  expect(await change(to.id, { eventTypes: ['t.other'] })).toBe('CHANGED');
  await becomes(to.id, waits, { status: 'FAILED', claims: 0 });
  await vi.waitFor(async () => expect(await webhook(to.id)).toMatchObject({ unfiltered_after: null }), patience);
});

test('after a rotation both secrets sign, and the old one no more once it has expired', async () => {
  const to = await hook('t.rotated');
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  await one("SELECT rotate_webhook_secret($1, $2, '24 hours', 5, $3, NULL)", [to.id, secret, 'user:ann']);
  const [first, second] = [event('t.rotated'), event('t.rotated')];
  const verified = (eventId: string, by: string) => {
    const got = endpoint.at(to.path).find((one) => one.eventId === eventId);
    try {
      return Boolean(new Webhook(by).verify(got?.body as string, got?.headers as never));
    } catch {
      return false;
    }
  };
  await publish(first);
  await becomes(to.id, first, { status: 'DELIVERED' });
  expect([verified(first.eventId, to.secret), verified(first.eventId, secret)]).toEqual([true, true]);
  await admin().query(
    'UPDATE webhook_secrets SET expires_at = now() WHERE webhook_id = $1 AND expires_at IS NOT NULL',
    [to.id],
  );
  await publish(second);
  await becomes(to.id, second, { status: 'DELIVERED' });
  expect([verified(second.eventId, to.secret), verified(second.eventId, secret)]).toEqual([false, true]);
});

test('what fails is tried again in 5 s, then in 5 min, and at last given up; resent, it begins anew', async () => {
  const to = await hook('t.fails');
  endpoint.on(to.path, answer(500));
  const sent = event('t.fails');
  await publish(sent);
  await becomes(to.id, sent, { status: 'PENDING', failures: 1, leased_until: null });
  const wait = await waitSeconds(to.id, sent.eventId);
  expect([wait > 3, wait <= 6]).toEqual([true, true]);
  await isDue(to.id);
  await becomes(to.id, sent, { failures: 2 });
  expect(await waitSeconds(to.id, sent.eventId)).toBeGreaterThan(290);
  await admin().query('UPDATE webhook_deliveries SET failures = 9 WHERE webhook_id = $1', [to.id]);
  await isDue(to.id);
  await becomes(to.id, sent, { status: 'FAILED', failures: 10 });
  const { attempts, delivery_id } = await delivery(to.id, sent.eventId);
  expect(attempts.map(({ status, error }: never) => [status, error])).toEqual(Array(3).fill([500, 'answered 500']));
  expect(await webhook(to.id)).toMatchObject({ status: 'ACTIVE', failures: 3 });
  endpoint.on(to.path, answer(200));
  expect(await one('SELECT resend_webhook_delivery_v3($1, $2, NULL)', [delivery_id, 'user:ann'])).toBe('RESENDING');
  await becomes(to.id, sent, { status: 'DELIVERED', failures: 0 });
  expect(await webhook(to.id)).toMatchObject({ failures: 0, failing_since: null });
});

test('410 disables an endpoint; a redirect is a failure; Retry-After is waited for, up to a day, and nobody calls before', async () => {
  const [gone, moved, busy, greedy] = [
    await hook('t.gone'),
    await hook('t.moved'),
    await hook('t.busy'),
    await hook('t.greedy'),
  ];
  endpoint.on(gone.path, answer(410));
  endpoint.on(moved.path, answer(302, { location: `${endpoint.url}/trap` }));
  endpoint.on(busy.path, answer(429, { 'retry-after': '120' }));
  endpoint.on(greedy.path, answer(503, { 'retry-after': '99999999' }));
  const [toGone, toMoved, toBusy, toGreedy, later] = [
    event('t.gone'),
    event('t.moved'),
    event('t.busy'),
    event('t.greedy'),
    event('t.busy'),
  ];
  await publish(toGone, toMoved, toBusy, toGreedy);
  await vi.waitFor(
    async () => expect(await webhook(gone.id)).toMatchObject({ status: 'DISABLED', status_by: 'platform' }),
    patience,
  );
  await becomes(moved.id, toMoved, {
    status: 'PENDING',
    failures: 1,
    attempts: [{ status: 302, error: expect.stringContaining('redirects') }],
  });
  await becomes(busy.id, toBusy, { failures: 1, attempts: [{ status: 429 }] });
  await becomes(greedy.id, toGreedy, { failures: 1 });
  expect(endpoint.at('/trap')).toEqual([]);
  expect(Math.abs((await waitSeconds(busy.id, toBusy.eventId)) - 120)).toBeLessThan(10);
  expect(Math.abs((await waitSeconds(greedy.id, toGreedy.eventId)) - 86_400)).toBeLessThan(10);
  const ignored = event('t.gone');
  await publish(later, ignored);
  await becomes(busy.id, later, { status: 'PENDING', claims: 0 });
  expect(await delivery(gone.id, ignored.eventId)).toBeUndefined();
  const rest = Number(
    await one('SELECT extract(epoch FROM rests_until - clock_timestamp()) FROM webhooks WHERE webhook_id = $1', [
      greedy.id,
    ]),
  );
  expect(Math.abs(rest - 3_600)).toBeLessThan(10);
});

test('a dead endpoint is left alone for a while, then paused; what waits goes out oldest first once it is resumed', async () => {
  const to = await hook('t.dead');
  endpoint.on(to.path, answer(500));
  const early = Array.from({ length: 6 }, () => event('t.dead'));
  await publish(...early);
  await vi.waitFor(async () => expect((await webhook(to.id)).failures).toBeGreaterThanOrEqual(5), patience);
  expect(await webhook(to.id)).toMatchObject({ status: 'ACTIVE', rests_until: expect.any(Date) });
  await admin().query(
    "UPDATE webhooks SET failing_since = now() - interval '13 hours', rests_until = NULL WHERE webhook_id = $1",
    [to.id],
  );
  await isDue(to.id);
  await vi.waitFor(
    async () => expect(await webhook(to.id)).toMatchObject({ status: 'PAUSED', status_by: 'platform' }),
    patience,
  );
  expect((await webhook(to.id)).status_reason).toMatch(
    /^nothing has got through for 13 hours \(\d+ attempts in a row failed\)$/,
  );
  const late = Array.from({ length: 40 }, () => event('t.dead'));
  for (const sent of late) await publish(sent);
  await becomes(to.id, late.at(-1) as LedgerEvent, { status: 'PENDING' });
  const before = endpoint.at(to.path).length;
  await vi.waitFor(
    async () =>
      expect(
        await one('SELECT count(*)::int FROM webhook_deliveries WHERE webhook_id = $1 AND leased_until > now()', [
          to.id,
        ]),
      ).toBe(0),
    patience,
  );
  await isDue(to.id);
  expect(endpoint.at(to.path)).toHaveLength(before);
  endpoint.on(to.path, answer(200));
  expect(await change(to.id, { status: 'ACTIVE' })).toBe('CHANGED');
  const all = [...early, ...late].map(({ eventId }) => eventId);
  const got = () => receivedIds(to).slice(before);
  await vi.waitFor(() => expect(new Set(got())).toEqual(new Set(all)), patience);
  // Several are on their way at a time: none comes before one that is much older.
  for (const [place, eventId] of got().entries()) expect(Math.abs(place - all.indexOf(eventId))).toBeLessThan(40);
  expect(
    got()
      .slice(0, 4)
      .every((eventId) => all.slice(0, 12).includes(eventId)),
  ).toBe(true);
  expect(await webhook(to.id)).toMatchObject({ failures: 0 });
  await vi.waitFor(async () => expect(await webhook(to.id)).toMatchObject({ backlog_to: null }), patience);
});

test('endpoints that hang delay no other', async () => {
  const hanging = await Promise.all(Array.from({ length: 12 }, () => hook('t.fair')));
  const good = await hook('t.fair');
  for (const { path } of hanging) endpoint.on(path, hang);
  const sentAt = new Map<string, number>();
  for (let i = 0; i < 100; i++) {
    const sent = event('t.fair');
    sentAt.set(sent.eventId, performance.now());
    await publish(sent);
  }
  // Behind all that hang it would take minutes, and behind one as long as that is waited for.
  await vi.waitFor(() => expect(new Set(receivedIds(good)).size).toBe(100), patience);
  const delays = endpoint
    .at(good.path)
    .map(({ at, eventId }) => at - (sentAt.get(eventId) as number))
    .sort((a, b) => a - b);
  expect(delays[delays.length / 2]).toBeLessThan(timeoutMs);
  for (const { id } of hanging) {
    expect(await one('SELECT delete_webhook($1, $2, NULL)', [id, 'user:ann'])).toBe('DELETED');
  }
});

test('a message that is none of the relay\u2019s goes to the dead letters, and holds up nobody', async () => {
  const to = await hook('t.poison');
  await workers.publisher.publish(
    { routingKey: 'transactions.0' },
    { messageId: 'poison', body: { events: [{ eventId: 'x' }] } },
  );
  const sent = event('t.poison');
  await publish(sent);
  await becomes(to.id, sent, { status: 'DELIVERED' });
});

test('a range of the ledger is replayed, both ends inclusive, as deliveries of its own, also of what was delivered', async () => {
  const ledger = new WrittenLedger(admin());
  const engine = await ledger.engine(1, 2);
  const ids: string[] = [];
  for (let i = 0; i < 30; i++)
    ids.push(...(await ledger.commit(engine, [1, 2, 1], { changes: i === 15 ? [{ partition: 2, place: 1 }] : [] })));
  const { rows } = await admin().query('SELECT batch_seq, created_at FROM ledger_batches ORDER BY batch_seq');
  await admin().query("UPDATE ledger_batches SET created_at = created_at - interval '1 minute'");
  const at = (seq: number) => new Date(rows[seq - 1].created_at.getTime() - 60_000);
  const to = await hook('transaction.succeeded');
  const replayId = uuidv7();
  expect(
    await one('SELECT replay_webhook($1, $2, $3, $4, 5, $5, NULL)', [replayId, to.id, at(11), at(25), 'user:ann']),
  ).toBe('REPLAYING');
  const replay = async () =>
    (await admin().query('SELECT * FROM webhook_replays WHERE replay_id = $1', [replayId])).rows[0];
  await vi.waitFor(async () => expect(await replay()).toMatchObject({ status: 'DONE', error: null }), patience);
  const seqs = rows
    .filter(({ created_at }) => created_at >= rows[10].created_at && created_at <= rows[24].created_at)
    .map(({ batch_seq }) => Number(batch_seq));
  const wanted = seqs.flatMap((seq) => ids.slice(3 * (seq - 1), 3 * seq));
  await vi.waitFor(() => expect(receivedIds(to).sort()).toEqual([...wanted].sort()), patience);
  expect((await replay()).deliveries).toBe(String(wanted.length));
  const [first] = endpoint.at(to.path);
  expect(JSON.parse(first?.body as string)).toMatchObject({
    type: 'transaction.succeeded',
    data: { amount: '12.50', currency: 'EUR' },
  });
  // Once more: all of it comes again.
  expect(
    await one('SELECT replay_webhook($1, $2, $3, $4, 5, $5, NULL)', [uuidv7(), to.id, at(11), at(11), 'user:ann']),
  ).toBe('REPLAYING');
  await vi.waitFor(() => expect(receivedIds(to).length).toBeGreaterThanOrEqual(wanted.length + 3), patience);
});

const askedAgain = async (partition: number) =>
  (
    await admin().query('SELECT from_sequence, to_sequence, requested_by FROM event_replays WHERE partition = $1', [
      partition,
    ])
  ).rows;

test('what lay in a queue that was deleted is asked for again', async () => {
  const to = await hook('t.lost');
  const numbered = (number: number) => ({ ...event('t.lost'), partition: 7, sequence: number });
  const ledger = new WrittenLedger(admin());
  await ledger.commit(await ledger.engine(7), [7, 7, 7, 7, 7]);
  await publish(numbered(1));
  await vi.waitFor(() => expect(endpoint.at(to.path)).toHaveLength(1), patience);
  await publish(numbered(5));
  await vi.waitFor(() => expect(endpoint.at(to.path)).toHaveLength(2), patience);
  expect(await askedAgain(7)).toEqual([{ from_sequence: '2', to_sequence: '4', requested_by: 'webhooks' }]);
  // They come late, and a second time.
  await publish(numbered(2), numbered(3), numbered(4));
  await vi.waitFor(() => expect(endpoint.at(to.path)).toHaveLength(5), patience);
  expect(await askedAgain(7)).toHaveLength(1);
});

test('an event that is behind all that the ledger has goes to the dead letters, and its partition goes on', async () => {
  const to = await hook('t.beyond');
  const numbered = (number: number) => ({ ...event('t.beyond'), partition: 9, sequence: number });
  const ledger = new WrittenLedger(admin());
  await ledger.commit(await ledger.engine(9), [9, 9, 9]);
  const forged = numbered(9e15);
  await publish(numbered(1), forged, numbered(2));
  await vi.waitFor(() => expect(receivedIds(to)).toHaveLength(2), patience);
  expect(await one('SELECT sequence FROM webhook_intake WHERE partition = 9', [])).toBe('2');
  expect(receivedIds(to)).not.toContain(forged.eventId);
  expect(await askedAgain(9)).toEqual([]);
});

test('of a hole so much is asked for as there are replays, whatever it is wide', async () => {
  const asked = { partition: 9, from: 5, to: 9e15 };
  const client = await admin().connect();
  try {
    await client.query('BEGIN');
    await client.query("SET LOCAL statement_timeout = '5s'");
    await askAgain(client, [asked]);
    const { rows } = await client.query(
      'SELECT count(*)::int AS n, min(from_sequence) AS "from", max(to_sequence) AS "to" FROM event_replays WHERE partition = 9',
    );
    expect(rows).toEqual([{ n: 20, from: '5', to: '2000004' }]);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
});

test('a queue was lost with the first events of a partition, and no others follow: they are asked for again', async () => {
  await hook('transaction.succeeded');
  const ledger = new WrittenLedger(admin());
  await ledger.commit(await ledger.engine(8), [8, 8, 8]);
  await admin().query('DELETE FROM webhook_intake WHERE partition = 8');
  await admin().query('UPDATE relay_partitions SET sequence = 3 WHERE partition = 8');
  await admin().query("INSERT INTO broker_incidents (what, queue) VALUES ('QUEUE_LOST', $1)", [
    workers.names.queue('webhooks'),
  ]);
  await vi.waitFor(async () => {
    expect(await askedAgain(8)).toEqual([{ from_sequence: '1', to_sequence: '3', requested_by: 'webhooks' }]);
  }, patience);
});

test('what was delivered long ago does not come again because somebody at the broker asks for it', async () => {
  const to = await hook('t.repeated');
  await admin().query("UPDATE webhooks SET created_at = now() - interval '90 days' WHERE webhook_id = $1", [to.id]);
  const ledger = new WrittenLedger(admin());
  await ledger.commit(await ledger.engine(11), [11, 11, 11]);
  const occurredAt = new Date(Date.now() - (kept.delivered + 1) * 86_400_000).toISOString();
  const events = [1, 2, 3].map((number) => ({ ...event('t.repeated'), partition: 11, sequence: number, occurredAt }));
  await publish(...events);
  const all = events.map(({ eventId }) => eventId);
  await vi.waitFor(() => expect(receivedIds(to).sort()).toEqual([...all].sort()), patience);
  for (const sent of events) await becomes(to.id, sent, { status: 'DELIVERED' });
  // As whoever cleans up does in the end.
  await admin().query('DELETE FROM webhook_deliveries WHERE webhook_id = $1', [to.id]);
  const asks = (from: number, until: number, by: string) =>
    admin().query(
      'INSERT INTO event_replays (partition, from_sequence, to_sequence, requested_by) VALUES (11, $1, $2, $3)',
      [from, until, by],
    );
  await asks(1, 3, 'user:ann');
  await publish(...events);
  const next = event('t.repeated');
  await publish(next);
  await becomes(to.id, next, { status: 'DELIVERED' });
  expect(receivedIds(to)).toHaveLength(4);
  // What the webhooks themselves have lost is theirs, however old it is.
  await asks(2, 2, 'webhooks');
  await publish(...events);
  await vi.waitFor(() => expect(receivedIds(to).slice(4)).toEqual([events[1]?.eventId]), patience);
});

test('events of alerts that were lost with the queue come from the tables, those of the last day, once', async () => {
  const to = await hook('alert.raised');
  await admin().query("UPDATE webhooks SET created_at = now() - interval '90 days' WHERE webhook_id = $1", [to.id]);
  const raised = async (number: number, hoursAgo: number) =>
    (await one(
      `INSERT INTO alert_events (sequence, type, occurred_at, data, published_at)
       VALUES ($1, 'alert.raised', now() - make_interval(hours => $2), '{"alertType": "RELAY_LAG"}', now()) RETURNING event_id`,
      [number, hoursAgo],
    )) as string;
  const ids = [await raised(9_001, 23), await raised(9_002, 1)];
  const old = await raised(9_003, 25);
  const isLost = () =>
    admin().query("INSERT INTO broker_incidents (what, queue) VALUES ('QUEUE_LOST', $1)", [
      workers.names.queue('webhooks'),
    ]);
  await isLost();
  await vi.waitFor(() => expect(receivedIds(to).sort()).toEqual([...ids].sort()), patience);
  const last = await raised(9_004, 0);
  await isLost();
  await vi.waitFor(() => expect(receivedIds(to)).toContain(last), patience);
  expect(receivedIds(to)).toHaveLength(3);
  expect(receivedIds(to)).not.toContain(old);
  await admin().query('DELETE FROM alert_events WHERE sequence > 9000');
});

test('what has ended long ago is taken away, with its event; what waits for too long is given up', async () => {
  const to = await hook('t.old');
  endpoint.on(to.path, answer(503, { 'retry-after': '3600' }));
  const [delivered, waiting] = [event('t.old'), event('t.old')];
  await publish(delivered);
  await becomes(to.id, delivered, { failures: 1 });
  await publish(waiting);
  await becomes(to.id, waiting, { status: 'PENDING' });
  await admin().query(
    "UPDATE webhook_deliveries SET status = 'DELIVERED', ended_at = now() - make_interval(days => $2, mins => 1) WHERE webhook_id = $1 AND failures = 1",
    [to.id, kept.delivered],
  );
  await admin().query(
    "UPDATE webhook_deliveries SET created_at = now() - make_interval(days => $2, mins => 1) WHERE webhook_id = $1 AND status = 'PENDING'",
    [to.id, kept.waiting],
  );
  await admin().query("UPDATE webhook_events SET received_at = now() - interval '1 day' WHERE event_id = $1", [
    delivered.eventId,
  ]);
  expect(await deleteEnded(workers.database)).toBe(1);
  expect(await delivery(to.id, delivered.eventId)).toBeUndefined();
  expect((await admin().query('SELECT FROM webhook_events WHERE event_id = $1', [delivered.eventId])).rowCount).toBe(0);
  expect(await giveUpWaiting(workers.database)).toBe(1);
  await becomes(to.id, waiting, { status: 'FAILED', attempts: [{ error: 'it waited for more than 30 days' }] });
  await one('SELECT delete_webhook($1, $2, NULL)', [to.id, 'user:ann']);
  await admin().query("UPDATE webhooks SET deleted_at = now() - interval '1 hour' WHERE webhook_id = $1", [to.id]);
  expect(await deleteOfDeleted(workers.database)).toBeGreaterThan(0);
  await admin().query(
    `INSERT INTO webhook_replays (replay_id, webhook_id, from_at, to_at, requested_by, status, finished_at)
     VALUES ($1, $1, now(), now(), 'user:ann', 'DONE', now() - make_interval(days => $2, mins => 1))`,
    [to.id, kept.replays],
  );
  await deleteRest(workers.database);
  expect((await admin().query('SELECT FROM webhook_replays WHERE replay_id = $1', [to.id])).rowCount).toBe(0);
  expect(await delivery(to.id, waiting.eventId)).toBeUndefined();
});

test('metrics say what became of calls, and what waits', async () => {
  const text = await workers.metrics.metrics();
  expect(text).toMatch(/wallet_workers_webhook_attempts_total\{outcome="delivered"\} [1-9]/);
  expect(text).toMatch(/wallet_workers_webhook_attempts_total\{outcome="again"\} [1-9]/);
  expect(text).toMatch(/wallet_workers_webhook_deliveries_waiting [1-9]/);
  expect(text).toMatch(/wallet_workers_webhook_waits_seconds \d/);
});
