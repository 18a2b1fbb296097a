import { randomBytes, randomUUID } from 'node:crypto';
import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endWaitingUnwanted, narrowedWebhooks } from './delivery-rows.js';
import { isWantedStill } from './subscription.js';

/** What an admin does to a webhook, as the gateway's functions do it. */
let scratch: ScratchDatabase;
let gateway: pg.Pool;
let workers: pg.Pool;
let admin: pg.Pool;

beforeAll(async () => {
  scratch = await createScratchDatabase('webhook_acts');
  gateway = new pg.Pool({ connectionString: scratch.urlAs('wallet_gateway') });
  workers = new pg.Pool({ connectionString: scratch.urlAs('wallet_workers') });
  // A connection that is being closed may hear that the database is dropped.
  for (const pool of [gateway, workers]) pool.on('connect', (client) => client.on('error', () => {}));
  admin = scratch.admin;
});
afterAll(async () => {
  await gateway?.end();
  await workers?.end();
  await scratch?.drop();
});

const secret = () => `whsec_${randomBytes(24).toString('base64')}`;
const one = async (pool: pg.Pool, text: string, values: unknown[]) =>
  Object.values((await pool.query(text, values)).rows[0])[0];
const create = (id: string, max = 100) =>
  one(gateway, 'SELECT create_webhook($1, $2, $3, NULL, NULL, $4, $5, $6, $7)', [
    ...[id, 'https://example.com/hidden?token=hidden', ['*'], secret(), max, 'user:ann', 'trace'],
  ]);
const change = (id: string, what: object, version: number | null = null) =>
  one(gateway, 'SELECT change_webhook_v3($1, $2, $3, $4, $5, $6)', [id, version, what, 'why', 'user:ann', null]);
const rotate = (id: string) =>
  one(gateway, "SELECT rotate_webhook_secret($1, $2, '24 hours', 3, $3, NULL)", [id, secret(), 'user:ann']);
const row = async (id: string) => (await admin.query('SELECT * FROM webhooks WHERE webhook_id = $1', [id])).rows[0];
const acts = async (subject: string) =>
  (await admin.query('SELECT action, detail FROM audit_log WHERE subject = $1 ORDER BY audit_id', [subject])).rows;
async function deliver(webhookId: string, status = 'PENDING') {
  const deliveryId = uuidv7();
  await admin.query(
    `INSERT INTO webhook_deliveries (delivery_id, webhook_id, event_id, event_type, status, failures, ended_at)
     VALUES ($1, $2, $3, 'transaction.succeeded', $4::text, 7, CASE WHEN $4::text <> 'PENDING' THEN now() END)`,
    [deliveryId, webhookId, randomUUID(), status],
  );
  return deliveryId;
}

test('a webhook is made, changed, paused, resumed and deleted; each leaves its line in the audit log, without what its address hides', async () => {
  const id = uuidv7();
  expect(await create(id)).toBe('CREATED');
  expect(await create(uuidv7(), 1)).toBe('TOO_MANY');
  const walletIds = [randomUUID()];
  expect(await change(id, { url: 'https://example.org/', eventTypes: ['alert.raised'], walletIds })).toBe('CHANGED');
  expect(await row(id)).toMatchObject({
    url: 'https://example.org/',
    event_types: ['alert.raised'],
    wallet_ids: walletIds,
    version: 2,
  });
  expect(await change(id, { walletIds: null, description: 'x' }, 1)).toBe('STALE');
  expect(await change(id, { walletIds: null, description: 'x' }, 2)).toBe('CHANGED');
  expect(await row(id)).toMatchObject({ wallet_ids: null, description: 'x', version: 3 });
  expect(await change(id, { description: 'x' })).toBe('CHANGED');
  expect(await row(id)).toMatchObject({ version: 3 });
  expect(await change(id, { status: 'PAUSED' })).toBe('CHANGED');
  const [first, last] = [await deliver(id), await deliver(id)];
  await deliver(id, 'FAILED');
  await admin.query('UPDATE webhooks SET failures = 9, failing_since = now() WHERE webhook_id = $1', [id]);
  expect(await change(id, { status: 'ACTIVE' })).toBe('CHANGED');
  expect(await row(id)).toMatchObject({ status: 'ACTIVE', failures: 0, failing_since: null, backlog_to: last });
  expect(first < last).toBe(true);
  expect(await one(gateway, 'SELECT delete_webhook($1, $2, NULL)', [id, 'user:ann'])).toBe('DELETED');
  expect(await one(gateway, 'SELECT delete_webhook($1, $2, NULL)', [id, 'user:ann'])).toBe('NOT_FOUND');
  expect(await change(id, { description: 'y' })).toBe('NOT_FOUND');
  const found = await acts(id);
  expect(found.map(({ action }) => action)).toEqual([
    ...[
      'WEBHOOK_CREATED',
      'WEBHOOK_CHANGED',
      'WEBHOOK_CHANGED',
      'WEBHOOK_CHANGED',
      'WEBHOOK_CHANGED',
      'WEBHOOK_DELETED',
    ],
  ]);
  expect(JSON.stringify(found)).not.toMatch(/hidden|whsec_/);
});

test('another address is new to the world: its failures are forgotten, and a pause of the platform\u2019s is over', async () => {
  const id = uuidv7();
  await create(id);
  const waits = await deliver(id);
  const fails = () =>
    admin.query('UPDATE webhooks SET failures = 9, failing_since = now(), rests_until = now() WHERE webhook_id = $1', [
      id,
    ]);
  const fresh = { failures: 0, failing_since: null, rests_until: null };
  const url = (path: string) => ({ url: `https://new.example.com/${path}` });
  await fails();
  expect(await change(id, url('a'))).toBe('CHANGED');
  expect(await row(id)).toMatchObject({ ...url('a'), ...fresh, status: 'ACTIVE', backlog_to: null });
  await fails();
  expect(await change(id, { ...url('a'), description: 'the same address' })).toBe('CHANGED');
  expect(await row(id)).toMatchObject({ failures: 9 });
  expect(await one(workers, "SELECT stop_webhook($1, $2, 'PAUSED', 'dead')", [id, url('a').url])).toBe(true);
  expect(await change(id, url('b'))).toBe('CHANGED');
  expect(await row(id)).toMatchObject({ ...fresh, status: 'ACTIVE', status_by: 'user:ann', backlog_to: waits });
  // What a person paused, or a 410 ended, is not for an address to undo.
  expect(await change(id, { status: 'PAUSED' })).toBe('CHANGED');
  expect(await change(id, url('c'))).toBe('CHANGED');
  expect(await row(id)).toMatchObject({ ...url('c'), status: 'PAUSED' });
  expect(await change(id, { status: 'ACTIVE' })).toBe('CHANGED');
  expect(await one(workers, "SELECT stop_webhook($1, $2, 'DISABLED', '410')", [id, url('c').url])).toBe(true);
  expect(await change(id, url('d'))).toBe('CHANGED');
  expect(await row(id)).toMatchObject({ status: 'DISABLED' });
});

test('secrets are read by the workers alone; so many sign at a time', async () => {
  const id = uuidv7();
  await create(id);
  expect([await rotate(id), await rotate(id), await rotate(id)]).toEqual(['ROTATED', 'ROTATED', 'TOO_MANY']);
  expect(await rotate(randomUUID())).toBe('NOT_FOUND');
  for (const text of ['SELECT secret FROM webhook_secrets', 'SELECT payload FROM webhook_events']) {
    await expect(gateway.query(text)).rejects.toThrow('permission denied');
  }
  const { rows } = await workers.query(
    `SELECT expires_at IS NULL AS newest, extract(epoch FROM expires_at - now()) AS lives FROM webhook_secrets
      WHERE webhook_id = $1 ORDER BY created_at`,
    [id],
  );
  expect(rows.map(({ newest }) => newest)).toEqual([false, false, true]);
  for (const { lives } of rows.slice(0, 2)) expect(Math.abs(Number(lives) - 86_400)).toBeLessThan(60);
  await one(gateway, 'SELECT delete_webhook($1, $2, NULL)', [id, 'user:ann']);
  expect((await workers.query('SELECT FROM webhook_secrets WHERE webhook_id = $1', [id])).rowCount).toBe(0);
});

test('a delivery is sent again from the start, but not while it is on its way, nor to whoever is disabled', async () => {
  const id = uuidv7();
  await create(id);
  const resend = (deliveryId: string) =>
    one(gateway, 'SELECT resend_webhook_delivery_v3($1, $2, NULL)', [deliveryId, 'user:ann']);
  const failed = await deliver(id, 'FAILED');
  expect(await resend(failed)).toBe('RESENDING');
  const delivery = async (deliveryId: string) =>
    (await admin.query('SELECT * FROM webhook_deliveries WHERE delivery_id = $1', [deliveryId])).rows[0];
  expect(await delivery(failed)).toMatchObject({ status: 'PENDING', failures: 0, ended_at: null });
  const leased = await deliver(id);
  await admin.query("UPDATE webhook_deliveries SET leased_until = now() + interval '1 hour' WHERE delivery_id = $1", [
    leased,
  ]);
  expect(await resend(leased)).toBe('ON_ITS_WAY');
  expect(await delivery(leased)).toMatchObject({ failures: 7 });
  expect(await acts(leased)).toEqual([]);
  await change(id, { status: 'DISABLED' });
  expect([await resend(failed), await resend(randomUUID())]).toEqual(['DISABLED', 'NOT_FOUND']);
  expect((await acts(failed)).map(({ action }) => action)).toEqual(['WEBHOOK_DELIVERY_RESENT']);
});

test('a range is asked for once more, so many at a time', async () => {
  const id = uuidv7();
  await create(id);
  const replay = (webhookId: string) =>
    one(gateway, "SELECT replay_webhook($1, $2, now() - interval '1 hour', now(), 2, $3, NULL)", [
      uuidv7(),
      webhookId,
      'user:ann',
    ]);
  expect([await replay(id), await replay(id), await replay(id)]).toEqual(['REPLAYING', 'REPLAYING', 'TOO_MANY']);
  expect(await replay(randomUUID())).toBe('NOT_FOUND');
  await change(id, { status: 'DISABLED' });
  expect(await replay(id)).toBe('DISABLED');
});

const [ann, bob] = [randomUUID(), randomUUID()];
/** A delivery of an event whose payload is kept. */
async function deliverKept(webhookId: string, type: string, data: object, status = 'PENDING') {
  const deliveryId = await deliver(webhookId, status);
  const [{ event_id: eventId }] = (
    await admin.query('UPDATE webhook_deliveries SET event_type = $2 WHERE delivery_id = $1 RETURNING event_id', [
      ...[deliveryId, type],
    ])
  ).rows;
  await admin.query('INSERT INTO webhook_events (event_id, payload) VALUES ($1, $2)', [
    ...[eventId, JSON.stringify({ eventId, type, data })],
  ]);
  return deliveryId;
}
const paidBy = (walletId: string) => ({ senderWalletId: walletId, receiverWalletId: null, amount: '12.50' });

test('who narrows a webhook has nothing more of what is left out: what waits ends, piece by piece, and is not sent again', async () => {
  const id = uuidv7();
  await create(id);
  const [other] = [uuidv7()];
  await create(other);
  const elsewhere = await deliverKept(other, 'transaction.failed', paidBy(bob));
  const wanted: string[] = [];
  const unwanted: string[] = [];
  for (let i = 0; i < 5; i++) {
    wanted.push(await deliverKept(id, 'transaction.succeeded', paidBy(ann)));
    unwanted.push(await deliverKept(id, 'transaction.succeeded', paidBy(bob)));
    unwanted.push(await deliverKept(id, 'alert.raised', { subject: ann }));
  }
  wanted.push(await deliverKept(id, 'webhook.test', { webhookId: id }));
  const underWay = await deliverKept(id, 'alert.raised', { subject: 'platform' });
  await admin.query("UPDATE webhook_deliveries SET leased_until = now() + interval '1 hour' WHERE delivery_id = $1", [
    underWay,
  ]);
  expect(await change(id, { description: 'nothing of it is narrower' })).toBe('CHANGED');
  const pool = workers as never;
  expect((await narrowedWebhooks(pool)).filter(({ webhook_id }) => webhook_id === id)).toEqual([]);
  expect(await change(id, { eventTypes: ['transaction.succeeded'], walletIds: [ann] })).toBe('CHANGED');
  let pieces = 0;
  for (;;) {
    const narrowed = (await narrowedWebhooks(pool)).find(({ webhook_id }) => webhook_id === id);
    if (!narrowed) break;
    pieces += 1;
    expect((await endWaitingUnwanted(pool, narrowed, 4)).ended).toBeLessThanOrEqual(4);
  }
  // What ended waits no more, and what was looked at is not looked at again.
  expect(pieces).toBe(Math.floor(17 / 4) + 1);
  const states = async (ids: string[]) =>
    (await admin.query('SELECT DISTINCT status, attempts FROM webhook_deliveries WHERE delivery_id = ANY ($1)', [ids]))
      .rows;
  expect(new Set((await states(unwanted)).map(({ status }) => status))).toEqual(new Set(['FAILED']));
  expect((await states(unwanted))[0].attempts).toMatchObject([
    { status: null, error: 'the webhook does not want it any more: its types or wallets were changed' },
  ]);
  expect(await states([...wanted, elsewhere, underWay])).toEqual([{ status: 'PENDING', attempts: [] }]);

  const resend = (deliveryId: string) =>
    one(gateway, 'SELECT resend_webhook_delivery_v3($1, $2, NULL)', [deliveryId, 'user:ann']);
  for (const deliveryId of unwanted) expect(await resend(deliveryId)).toBe('NOT_WANTED');
  expect(await acts(unwanted[0] as string)).toEqual([]);
  expect(await change(id, { walletIds: null, eventTypes: ['*'] })).toBe('CHANGED');
  expect(await resend(unwanted[0] as string)).toBe('RESENDING');
});

test('the database and the workers say the same of what a webhook wants', async () => {
  const says: [unknown, boolean][] = [];
  for (const eventTypes of [['*'], ['transaction.succeeded'], ['alert.raised', 'transaction.failed']])
    for (const walletIds of [null, [ann], [bob, ann]])
      for (const type of ['transaction.succeeded', 'alert.raised', 'webhook.test'])
        for (const data of [
          ...[paidBy(ann), paidBy(bob), { receiverWalletId: bob }, { walletId: ann, from: bob }],
          ...[{ subject: ann }, { subject: 'platform', details: { walletId: ann } }, {}],
        ]) {
          const payload = JSON.stringify({ type, data });
          const text = `SELECT webhook_wants(w, $3, $4) FROM (SELECT (jsonb_populate_record(NULL::webhooks,
            jsonb_build_object('event_types', $1::text[], 'wallet_ids', $2::uuid[]))).*) AS w`;
          const said = await one(workers, text, [eventTypes, walletIds, type, payload]);
          const waiting = { event_type: type, payload, event_types: eventTypes, wallet_ids: walletIds };
          says.push([{ ...waiting, said }, said === isWantedStill(waiting)]);
        }
  expect(says.length).toBe(189);
  expect(says.filter(([, isSame]) => !isSame)).toEqual([]);
  expect(new Set(says.map(([about]) => (about as { said: boolean }).said))).toEqual(new Set([true, false]));
});
