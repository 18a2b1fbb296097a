import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewayOfPeople, startGatewayOfPeople } from '../testing/gateway-of-people.js';
import { openScratch, type Scratch } from '../testing/scratch.js';
import { webhookReplaysPendingMax, webhookSecretsMax, webhooksMax } from './webhook-requests.js';

let scratch: Scratch;
let gateway: GatewayOfPeople;
beforeAll(async () => {
  scratch = await openScratch();
  gateway = await startGatewayOfPeople(scratch);
});
afterAll(async () => {
  await gateway?.close();
  await scratch?.database.drop();
});

const sql = async (text: string, values: unknown[] = []) => (await scratch.database.admin.query(text, values)).rows;
async function call(method: string, path: string, body?: object, as = 'admin') {
  const answer = await fetch(`${gateway.url}/api/webhooks${path}`, {
    method,
    headers: { authorization: `Bearer program.x.${as}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  // biome-ignore lint/suspicious/noExplicitAny: it is looked at field by field
  const said: any = text === '' ? null : JSON.parse(text);
  return { status: answer.status, body: said, text, location: answer.headers.get('location') };
}
const wanted = { url: 'https://shop.example.com/services/p7?key=k9', eventTypes: ['transaction.succeeded'] };
const made = async (about: object = {}) => (await call('POST', '', { ...wanted, ...about })).body;
const actsOn = async (subject: string) =>
  (await sql('SELECT caller, action, detail::text FROM audit_log WHERE subject = $1 ORDER BY audit_id', [subject])).map(
    ({ caller, action, detail }) => ({ caller, action, detail }),
  );

async function deliver(webhookId: string, status: string, minutesAgo: number): Promise<string> {
  const [row] = await sql(
    `INSERT INTO webhook_deliveries (delivery_id, webhook_id, event_id, event_type, status, attempts, ended_at)
     SELECT uuid_at(now() - make_interval(mins => $3)), $1, gen_random_uuid(), 'transaction.failed', $2, $4,
            CASE WHEN $2 <> 'PENDING' THEN now() END RETURNING delivery_id`,
    [
      webhookId,
      status,
      minutesAgo,
      JSON.stringify([{ at: '2026-01-31T12:00:00Z', status: null, durationMs: 12.4, error: 'no' }]),
    ],
  );
  return row.delivery_id;
}

it('a webhook is made, read, changed, paused, resumed and deleted, each with its line of the audit log', async () => {
  const walletIds = [randomUUID()];
  const created = await call('POST', '', { ...wanted, walletIds, description: 'books' });
  expect(created.status).toBe(201);
  const { secret, ...webhook } = created.body;
  const path = `/${webhook.webhookId}`;
  expect(created.location).toBe(`/api/webhooks${path}`);
  expect(webhook).toMatchObject({ ...wanted, walletIds, description: 'books', status: 'ACTIVE', version: 1 });
  expect((await call('GET', path)).body).toEqual(webhook);
  expect((await call('GET', '?limit=1')).body.items).toEqual([webhook]);

  const paused = await call('PATCH', path, { status: 'PAUSED', reason: 'the shop is closed', version: 1 });
  expect(paused.body).toMatchObject({ status: 'PAUSED', statusReason: 'the shop is closed', version: 2 });
  expect(await call('PATCH', path, { eventTypes: ['*'], version: 1 })).toMatchObject({
    status: 409,
    body: { code: 'WEBHOOK_CHANGED' },
  });
  const resumed = await call('PATCH', path, {
    status: 'ACTIVE',
    eventTypes: ['*'],
    walletIds: null,
    description: null,
  });
  expect(resumed.body).toMatchObject({
    status: 'ACTIVE',
    statusReason: null,
    eventTypes: ['*'],
    walletIds: null,
    description: null,
  });
  expect((await call('PATCH', path, {})).body).toEqual(resumed.body);

  expect((await call('DELETE', path)).status).toBe(204);
  for (const [method, sub, body] of [
    ...[
      ['GET', ''],
      ['PATCH', '', {}],
      ['DELETE', ''],
      ['POST', '/rotate-secret'],
      ['GET', '/deliveries'],
    ],
    ['POST', '/replay', { from: '2026-01-01', to: '2026-01-02' }],
  ] as [string, string, object?][]) {
    expect(await call(method, path + sub, body)).toMatchObject({ status: 404, body: { code: 'WEBHOOK_NOT_FOUND' } });
  }
  const acts = await actsOn(webhook.webhookId);
  expect(acts.map(({ caller, action }) => [caller, action])).toEqual(
    ['WEBHOOK_CREATED', 'WEBHOOK_CHANGED', 'WEBHOOK_CHANGED', 'WEBHOOK_DELETED'].map((action) => ['token:x', action]),
  );
  // What follows whom an address calls may be a secret, as the secret is one.
  expect(JSON.stringify(acts)).not.toMatch(/k9|p7/);
  expect(JSON.stringify(acts)).toContain('https://shop.example.com');
  expect(JSON.stringify(acts)).not.toContain(secret);
});

it('a secret is shown once, and the one before signs for a day beside it', async () => {
  const { webhookId, secret } = await made();
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const rotated = await call('POST', `/${webhookId}/rotate-secret`);
  expect(rotated).toMatchObject({ status: 200, body: { webhookId, olderSecretsSignFor: 86_400 } });
  expect(rotated.body.secret).not.toBe(secret);
  const kept = await sql(
    `SELECT secret, round(extract(epoch FROM expires_at - now()) / 3600)::int AS hours FROM webhook_secrets WHERE webhook_id = $1
      ORDER BY created_at`,
    [webhookId],
  );
  expect(kept).toEqual([
    { secret, hours: 24 },
    { secret: rotated.body.secret, hours: null },
  ]);
  for (const shown of [await call('GET', ''), await call('GET', `/${webhookId}`)]) {
    expect(shown.text).not.toContain('whsec_');
  }
  for (let i = 2; i < webhookSecretsMax; i++)
    expect((await call('POST', `/${webhookId}/rotate-secret`)).status).toBe(200);
  expect((await call('POST', `/${webhookId}/rotate-secret`)).body.code).toBe('TOO_MANY_WEBHOOK_SECRETS');
});

it.each([
  ...[
    'http://127.0.0.1/',
    'https://10.1.2.3/x',
    'http://169.254.169.254/latest',
    'http://0x7f.1/',
    'http://2130706433/',
  ],
  ...[
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[fe80::1]/',
  ],
])('%s is private: refused at creation and at a change', async (url) => {
  const error = { field: 'url', rule: 'PRIVATE_ADDRESS' };
  const refused = await call('POST', '', { ...wanted, url });
  expect(refused).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [error] } });
  const { webhookId } = await made();
  expect((await call('PATCH', `/${webhookId}`, { url })).body.errors).toMatchObject([error]);
  expect((await call('GET', `/${webhookId}`)).body.url).toBe(wanted.url);
  await call('DELETE', `/${webhookId}`);
});

it.each([
  ['an address that is none', { url: 'shop' }, 'url', 'URL'],
  ['an address of another kind', { url: 'ftp://example.com/' }, 'url', 'URL'],
  ['an address with a password', { url: 'https://a:b@example.com/' }, 'url', 'URL'],
  ['an address of 2,001 characters', { url: `https://example.com/${'x'.repeat(1_981)}` }, 'url', 'TOO_LONG'],
  ['no type', { eventTypes: [] }, 'eventTypes', 'TOO_SHORT'],
  ['an unknown type', { eventTypes: ['transaction.lost'] }, 'eventTypes.0', 'NOT_ALLOWED'],
  ['a type twice', { eventTypes: ['alert.raised', 'alert.raised'] }, 'eventTypes', 'DUPLICATE'],
  ['all and some', { eventTypes: ['*', 'alert.raised'] }, 'eventTypes', 'ALL'],
  ['no wallet', { walletIds: [] }, 'walletIds', 'TOO_SHORT'],
  ['101 wallets', { walletIds: Array.from({ length: 101 }, () => randomUUID()) }, 'walletIds', 'TOO_LONG'],
])('%s is refused', async (_name, about, field, rule) => {
  const refused = await call('POST', '', { ...wanted, ...about });
  expect([
    refused.status,
    refused.body.errors.map((error: { field: string; rule: string }) => [error.field, error.rule]),
  ]).toEqual([400, [[field, rule]]]);
});

it('who may not configure sees an address without what may be its secret, and an operator has things sent again', async () => {
  const { webhookId } = await made();
  for (const role of ['viewer', 'operator']) {
    expect((await call('GET', `/${webhookId}`, undefined, role)).body.url).toBe('https://shop.example.com');
    expect((await call('GET', '', undefined, role)).text).not.toMatch(/k9|p7/);
    expect((await call('PATCH', `/${webhookId}`, { status: 'PAUSED' }, role)).status).toBe(403);
  }
  const deliveryId = await deliver(webhookId, 'FAILED', 5);
  expect((await call('POST', `/deliveries/${deliveryId}/resend`, undefined, 'viewer')).status).toBe(403);
  expect((await call('POST', `/deliveries/${deliveryId}/resend`)).body).toMatchObject({
    status: 409,
    code: 'WEBHOOK_DELIVERY_NOT_WANTED',
  });
  expect((await call('PATCH', `/${webhookId}`, { eventTypes: ['transaction.failed'] })).status).toBe(200);
  const underWay = await deliver(webhookId, 'PENDING', 5);
  await sql("UPDATE webhook_deliveries SET leased_until = now() + interval '1 minute' WHERE delivery_id = $1", [
    underWay,
  ]);
  expect((await call('POST', `/deliveries/${underWay}/resend`)).body).toMatchObject({
    status: 409,
    code: 'WEBHOOK_DELIVERY_ON_ITS_WAY',
  });
  const resent = await call('POST', `/deliveries/${deliveryId}/resend`, undefined, 'operator');
  expect([resent.status, resent.body]).toMatchObject([202, { deliveryId, webhookId, status: 'PENDING' }]);
  expect((await actsOn(deliveryId)).map(({ action }) => action)).toEqual(['WEBHOOK_DELIVERY_RESENT']);

  const period = { from: '2026-01-31T00:00:00Z', to: '2026-01-31T23:59:59.999Z' };
  const replay = await call('POST', `/${webhookId}/replay`, period, 'operator');
  expect(replay).toMatchObject({ status: 202, body: { webhookId, from: '2026-01-31T00:00:00.000Z', to: period.to } });
  expect(
    await sql('SELECT webhook_id, to_at, requested_by, status FROM webhook_replays WHERE replay_id = $1', [
      replay.body.replayId,
    ]),
  ).toEqual([{ webhook_id: webhookId, to_at: new Date(period.to), requested_by: 'token:x', status: 'PENDING' }]);
  expect((await call('POST', `/${webhookId}/replay`, { from: period.to, to: period.from })).body.errors).toMatchObject([
    { field: 'from', rule: 'RANGE' },
  ]);
  for (let i = 1; i < webhookReplaysPendingMax; i++) {
    expect((await call('POST', `/${webhookId}/replay`, period)).status).toBe(202);
  }
  expect((await call('POST', `/${webhookId}/replay`, period)).body.code).toBe('TOO_MANY_REPLAYS');

  await call('PATCH', `/${webhookId}`, { status: 'DISABLED' });
  for (const path of [`/deliveries/${deliveryId}/resend`, `/${webhookId}/replay`]) {
    const body = path.endsWith('replay') ? period : undefined;
    expect(await call('POST', path, body)).toMatchObject({ status: 409, body: { code: 'WEBHOOK_DISABLED' } });
  }
  expect((await call('POST', `/deliveries/${randomUUID()}/resend`)).body.code).toBe('WEBHOOK_DELIVERY_NOT_FOUND');
});

it('deliveries are listed newest first with their attempts, page by page, and by what became of them', async () => {
  const { webhookId } = await made();
  const other = await made();
  await deliver(other.webhookId, 'PENDING', 1);
  const ids: string[] = [];
  for (const [i, status] of ['PENDING', 'DELIVERED', 'FAILED', 'PENDING', 'FAILED'].entries()) {
    ids.push(await deliver(webhookId, status, i));
  }
  const list = async (query: string, of = webhookId) =>
    (await call('GET', `/${of}/deliveries${query}`, undefined, 'viewer')).body;
  const idsOf = ({ items }: { items: { deliveryId: string }[] }) => items.map(({ deliveryId }) => deliveryId);
  const first = await list('?limit=3');
  expect(idsOf(first)).toEqual(ids.slice(0, 3));
  expect(first.items[0]).toMatchObject({
    ...{ webhookId, eventType: 'transaction.failed', status: 'PENDING', replayId: null },
    attempts: [{ at: '2026-01-31T12:00:00.000Z', status: null, durationMs: 12, error: 'no' }],
  });
  expect(first.items.map(({ nextAttemptAt }: { nextAttemptAt: string | null }) => nextAttemptAt === null)).toEqual([
    false,
    true,
    true,
  ]);
  const second = await list(`?limit=3&cursor=${first.nextCursor}`);
  expect([idsOf(second), second.nextCursor]).toEqual([ids.slice(3), null]);
  for (const [query, of] of [
    ['&status=FAILED', webhookId],
    ['', other.webhookId],
  ] as const) {
    expect((await list(`?limit=3&cursor=${first.nextCursor}${query}`, of)).errors).toMatchObject([{ rule: 'CURSOR' }]);
  }
  expect(idsOf(await list('?status=PENDING'))).toEqual([ids[0], ids[3]]);
  const failed = await list('?status=FAILED&limit=1');
  expect(idsOf(failed)).toEqual([ids[2]]);
  expect(idsOf(await list(`?status=FAILED&limit=1&cursor=${failed.nextCursor}`))).toEqual([ids[4]]);
});

it('a test event is a delivery like any other, whatever the webhook wants', async () => {
  const { webhookId } = await made();
  const sent = await call('POST', `/${webhookId}/test`, undefined, 'operator');
  expect(sent).toMatchObject({ status: 202, body: { webhookId, eventType: 'webhook.test', status: 'PENDING' } });
  const [event] = await sql('SELECT payload FROM webhook_events WHERE event_id = $1', [sent.body.eventId]);
  expect(JSON.parse(event.payload)).toMatchObject({ type: 'webhook.test', partition: null, data: { webhookId } });
  expect((await call('GET', `/${webhookId}/deliveries`)).body.items).toEqual([sent.body]);
  expect((await call('GET', `/deliveries/${sent.body.deliveryId}`, undefined, 'viewer')).body).toEqual(sent.body);
  expect((await actsOn(webhookId)).at(-1)?.action).toBe('WEBHOOK_TEST_SENT');
  await call('PATCH', `/${webhookId}`, { status: 'DISABLED' });
  expect(await call('POST', `/${webhookId}/test`)).toMatchObject({ status: 409, body: { code: 'WEBHOOK_DISABLED' } });
  const disabled = (await call('GET', '?status=DISABLED&limit=200')).body.items;
  expect(disabled.map((one: { webhookId: string }) => one.webhookId)).toContain(webhookId);
  expect(disabled.every((one: { status: string }) => one.status === 'DISABLED')).toBe(true);
});

it('a replay tells how far it has come, and a secret until when it signs, but never what it is', async () => {
  const { webhookId } = await made();
  await call('POST', `/${webhookId}/replay`, { from: '2026-01-01T00:00:00Z', to: '2026-01-03T00:00:00Z' });
  await sql(`UPDATE webhook_replays SET cursor_at = '2026-01-02T00:00:00Z', deliveries = 3 WHERE webhook_id = $1`, [
    webhookId,
  ]);
  const replays = await call('GET', `/${webhookId}/replays`, undefined, 'viewer');
  expect(replays.body.items).toMatchObject([{ webhookId, status: 'PENDING', progress: 0.5, deliveries: 3 }]);
  const { body } = await call('POST', `/${webhookId}/rotate-secret`);
  const secrets = await call('GET', `/${webhookId}/secrets`, undefined, 'viewer');
  expect(secrets.body.items).toMatchObject([{ signsUntil: null }, { signsUntil: expect.stringMatching(/Z$/) }]);
  expect(secrets.text).not.toContain(body.secret.slice(6, 20));
});

it('there are only so many webhooks', async () => {
  await sql(
    `INSERT INTO webhooks (webhook_id, url, event_types, created_by, status_by)
     SELECT gen_random_uuid(), 'https://example.com/', '{*}', 'x', 'x' FROM generate_series(1, $1 - (SELECT count(*) FROM webhooks WHERE deleted_at IS NULL))`,
    [webhooksMax - 1],
  );
  const last = await call('POST', '', wanted);
  expect(last.status).toBe(201);
  expect(await call('POST', '', wanted)).toMatchObject({ status: 409, body: { code: 'TOO_MANY_WEBHOOKS' } });
  await call('DELETE', `/${last.body.webhookId}`);
  expect((await call('POST', '', wanted)).status).toBe(201);
});
