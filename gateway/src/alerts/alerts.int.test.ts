import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PersonLines } from '../live/person-lines.js';
import { countAnswer, noAnswers } from '../metrics/answer-counts.js';
import { openDatabase } from '../storage/database.js';
import { type GatewayOfPeople, startGatewayOfPeople } from '../testing/gateway-of-people.js';
import { openScratch, type Scratch } from '../testing/scratch.js';
import { GatewayWatch } from './gateway-watch.js';

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
async function call(method: string, path: string, { body, as = 'admin' }: { body?: object; as?: string } = {}) {
  const answer = await fetch(`${gateway.url}/api/alerts${path}`, {
    method,
    headers: { authorization: `Bearer program.x.${as}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  // biome-ignore lint/suspicious/noExplicitAny: it is looked at field by field
  return { status: answer.status, body: (await answer.json()) as any };
}

async function raise(severity: string, minutesAgo: number): Promise<string> {
  const [row] = await sql(
    `INSERT INTO alerts (alert_id, alert_type, subject, severity, recipients, message, details, value, threshold, created_at, updated_at)
     VALUES ($1::uuid, 'FAILURE_RATE', $1::uuid::text, $2, '{}', 'Payments fail', '{}', 12.5, 5, now() - make_interval(mins => $3), now()) RETURNING alert_id`,
    [randomUUID(), severity, minutesAgo],
  );
  return row.alert_id;
}

const config = {
  ...{ alertType: 'LATENCY', threshold: 250, windowMinutes: 10, severity: 'CRITICAL' },
  ...{ recipients: ['ann@example.com'], cooldownMinutes: 5, enabled: true },
};

it('alerts are listed newest first, page by page and by filter, and each is acknowledged once', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) ids.push(await raise(i % 2 === 0 ? 'CRITICAL' : 'WARNING', 10 - i));
  const first = await call('GET', '?limit=2');
  expect(first.body.items.map((one: { alertId: string }) => one.alertId)).toEqual([ids[4], ids[3]]);
  const second = await call('GET', `?limit=2&cursor=${first.body.nextCursor}`);
  expect(second.body.items.map((one: { alertId: string }) => one.alertId)).toEqual([ids[2], ids[1]]);
  const critical = await call('GET', '?severity=CRITICAL&status=PENDING&type=FAILURE_RATE');
  expect(critical.body.items.map((one: { alertId: string }) => one.alertId)).toEqual([ids[4], ids[2], ids[0]]);
  expect(critical.body.nextCursor).toBeNull();
  expect((await call('GET', '?status=OPEN')).body.errors[0].field).toBe('status');

  const acknowledged = await call('POST', `/${ids[4]}/acknowledge`, { body: { note: 'on it' }, as: 'operator' });
  expect(acknowledged).toMatchObject({
    status: 200,
    body: { status: 'ACKNOWLEDGED', acknowledgedBy: 'token:x', value: 12.5 },
  });
  const again = await call('POST', `/${ids[4]}/acknowledge`, { as: 'operator' });
  expect(again.body).toEqual(acknowledged.body);
  expect((await call('POST', `/${ids[4]}/acknowledge`, { as: 'viewer' })).status).toBe(403);
  expect(await sql(`SELECT FROM audit_log WHERE action = 'ALERT_ACKNOWLEDGED'`)).toHaveLength(1);
  const { body } = await call('GET', `/${ids[4]}`);
  expect(body.history).toMatchObject([{ event: 'ACKNOWLEDGED', by: 'token:x', note: 'on it' }]);

  await sql(`UPDATE alerts SET status = 'RESOLVED', resolved_at = now() WHERE alert_id = $1`, [ids[0]]);
  expect((await call('POST', `/${ids[0]}/acknowledge`)).body.code).toBe('ALERT_RESOLVED');
  expect((await call('GET', `/${randomUUID()}`)).body.code).toBe('ALERT_NOT_FOUND');
});

it('every type has a configuration, which an admin replaces, with before and after in the audit log', async () => {
  const { body } = await call('GET', '/config', { as: 'viewer' });
  expect(body.items).toHaveLength(12);
  expect(body.items.every(({ enabled }: { enabled: boolean }) => enabled)).toBe(true);
  const changed = await call('POST', '/config', { body: config });
  expect(changed).toMatchObject({
    status: 200,
    body: { ...config, minimumSample: 500, unit: 'ms', updatedBy: 'token:x' },
  });
  expect((await call('POST', '/config', { body: config, as: 'operator' })).status).toBe(403);
  const [row] = await sql(`SELECT detail FROM audit_log WHERE action = 'ALERT_CONFIGURED'`);
  expect(row.detail).toMatchObject({
    before: { threshold: 200 },
    after: { threshold: 250, recipients: ['ann@example.com'] },
  });
});

it('who is told is for operators to read: a viewer sees everything else', async () => {
  await call('POST', '/config', { body: config });
  const id = await raise('CRITICAL', 0);
  await sql(`UPDATE alerts SET recipients = '{ann@example.com}' WHERE alert_id = $1`, [id]);
  const asked = async (as: string) => {
    const [list, one, configs] = [
      await call('GET', '?limit=1', { as }),
      await call('GET', `/${id}`, { as }),
      await call('GET', '/config', { as }),
    ];
    const latency = configs.body.items.find(({ alertType }: { alertType: string }) => alertType === 'LATENCY');
    return { alert: list.body.items[0], one: one.body, latency };
  };
  const read = await asked('operator');
  for (const seen of Object.values(read)) expect(seen.recipients).toEqual(['ann@example.com']);
  const shown = await asked('viewer');
  expect(JSON.stringify(shown)).not.toContain('@');
  for (const [name, seen] of Object.entries(shown))
    expect(seen).toEqual({ ...read[name as keyof typeof read], recipients: [] });
});

it('events that were appended before, and what endpoints are owed of them, lose the addresses', async () => {
  const migration = readFileSync(new URL('../../../engine/migrations/045_addresses_stay.sql', import.meta.url), 'utf8');
  const data = { alertId: 'x', recipients: ['ann@example.com'], value: 12.5 };
  const [{ event_id: eventId }] = await sql(
    `INSERT INTO alert_events (sequence, type, occurred_at, data) VALUES (1000, 'alert.raised', now(), $1) RETURNING event_id`,
    [data],
  );
  const other = randomUUID();
  const payload = JSON.stringify({ type: 'alert.raised', data });
  await sql('INSERT INTO webhook_events (event_id, payload) VALUES ($1, $3), ($2, $3)', [eventId, other, payload]);
  await sql(`BEGIN; ${migration} COMMIT`);
  expect((await sql('SELECT data FROM alert_events WHERE sequence = 1000'))[0].data).toEqual({
    ...data,
    recipients: [],
  });
  const [owed] = await sql('SELECT payload FROM webhook_events WHERE event_id = $1', [eventId]);
  expect(JSON.parse(owed.payload)).toEqual({ type: 'alert.raised', data: { ...data, recipients: [] } });
  // What is no alert's is not looked at.
  expect(await sql('SELECT payload FROM webhook_events WHERE event_id = $1', [other])).toEqual([{ payload }]);
  await sql('DELETE FROM webhook_events WHERE event_id = ANY($1)', [[eventId, other]]);
  await sql('DELETE FROM alert_events WHERE sequence = 1000');
});

it('a bad configuration is told field by field', async () => {
  const bad: [object, string][] = [
    [{ threshold: 0 }, 'threshold'],
    [{ threshold: 60_001 }, 'threshold'],
    [{ alertType: 'DEAD_LETTERS', threshold: 1.5 }, 'threshold'],
    [{ windowMinutes: 0 }, 'windowMinutes'],
    [{ windowMinutes: 1_441 }, 'windowMinutes'],
    [{ severity: 'BAD' }, 'severity'],
    [{ alertType: 'OTHER' }, 'alertType'],
    [{ cooldownMinutes: -1 }, 'cooldownMinutes'],
    [{ minimumSample: 0.5 }, 'minimumSample'],
    [{ recipients: Array.from({ length: 21 }, (_, i) => `a${i}@example.com`) }, 'recipients'],
    [{ recipients: ['ann@example.com', 'Ann@example.com'] }, 'recipients'],
    [{ recipients: ['a@b.test, evil@x.test'] }, 'recipients.0'],
    [{ recipients: ['ann@example.com\r\nBcc: x@y.test'] }, 'recipients.0'],
    [{ enabled: 'yes' }, 'enabled'],
    [{ more: 1 }, 'more'],
  ];
  for (const [change, field] of bad) {
    const { status, body } = await call('POST', '/config', { body: { ...config, ...change } });
    expect([change, status, body.errors?.[0]?.field]).toEqual([change, 400, field]);
  }
});

it('a test mail is asked for, and the wish is on record', async () => {
  expect(await call('POST', '/config/LATENCY/test')).toMatchObject({ status: 202, body: { alertType: 'LATENCY' } });
  expect((await call('POST', '/config/OTHER/test')).body.errors[0].field).toBe('alertType');
  expect(await sql('SELECT alert_type, requested_by FROM alert_tests')).toEqual([
    { alert_type: 'LATENCY', requested_by: 'token:x' },
  ]);
  expect(await sql(`SELECT FROM audit_log WHERE action = 'ALERT_TESTED'`)).toHaveLength(1);
});

it('a gateway writes down what it answered and whom it cannot reach, and says when nobody judges alerts', async () => {
  const counts = noAnswers();
  const databaseUrl = scratch.database.urlAs('wallet_gateway');
  const watch = new GatewayWatch(
    { databaseUrl },
    { counts, unownedPartitions: () => [7], patienceMs: 0 },
    pino({ level: 'silent' }),
  );
  await sql(`UPDATE alert_evaluator SET beat_at = now() - interval '10 minutes'`);
  await watch.start();
  for (let i = 0; i < 9; i++) countAnswer(counts, { status: i < 3 ? 503 : 200, isReplay: i > 6, isOfCrowd: false });
  await vi.waitFor(async () => {
    const [sum] = await sql(
      'SELECT sum(requests)::int AS n, sum(replays)::int AS again, sum(not_done)::int AS not FROM gateway_seconds',
    );
    expect(sum).toEqual({ n: 9, again: 2, not: 3 });
    expect((await sql('SELECT unowned FROM gateway_views'))[0].unowned['7']).toBeGreaterThanOrEqual(1);
    expect(await sql(`SELECT FROM alerts WHERE alert_type = 'EVALUATOR_SILENT' AND status = 'PENDING'`)).toHaveLength(
      1,
    );
  }, 15_000);
  await watch.stop();
});

it('the wallboard is told what nobody has taken on, the worst and oldest first', async () => {
  await sql('DELETE FROM alert_history');
  await sql('DELETE FROM alerts');
  const databaseUrl = scratch.database.urlAs('wallet_gateway');
  const database = openDatabase({ databaseUrl, databaseConnectionsMax: 1 }, pino({ level: 'silent' }));
  const lines = new PersonLines(database, pino({ level: 'silent' }));
  expect(lines.told).toBeNull();
  await lines.read();
  expect(lines.told).toMatchObject({ lines: [], acknowledged: 0 });
  await raise('WARNING', 3);
  const worst = await raise('CRITICAL', 1);
  await lines.read();
  expect(lines.told?.lines).toMatchObject([{ kind: 'FAILURE_RATE', severity: 'CRITICAL', count: 2 }]);
  expect(Date.now() - (lines.told?.lines[0]?.oldestAt ?? 0)).toBeGreaterThan(150_000);
  await call('POST', `/${worst}/acknowledge`, { as: 'operator' });
  await lines.read();
  expect(lines.told).toMatchObject({ lines: [{ severity: 'WARNING', count: 1 }], acknowledged: 1 });
  // Nothing was checked and nothing relayed here.
  expect(lines.told).toMatchObject({ reconciledAt: null, relayLagMs: null });
  await database.end();
});

it('the wallboard is told of breaks, dead letters and approvals, of the last reconciliation and of the relay', async () => {
  await sql('DELETE FROM alert_history');
  await sql('DELETE FROM alerts');
  await sql(`INSERT INTO reconciliation_findings (finding_id, check_name, what, break_digest, first_run_no, last_run_no, status, closed_at)
    SELECT gen_random_uuid(), 'BALANCE', 'balance', sha256(i::text::bytea), 1, 1, CASE WHEN i > 2 THEN 'CLOSED' ELSE 'OPEN' END,
           CASE WHEN i > 2 THEN now() END FROM generate_series(1, 3) AS i`);
  await sql(`INSERT INTO dead_letters (dead_letter_id, queue, reason, attempts, first_failed_at, payload, payload_bytes, headers, status)
    SELECT gen_random_uuid(), 'mail.v1', 'no', 5, now() - interval '10 min', 'x', 1, '{}', CASE WHEN i > 1005 THEN 'DELETED' ELSE 'WAITING' END
      FROM generate_series(1, 1010) AS i`);
  await sql(`INSERT INTO reconciliation_runs (run_id, mode, requested_by, status, started_at, finished_at)
    VALUES (gen_random_uuid(), 'full', 'x', 'BREAKS', now(), now() - interval '5 min'), (gen_random_uuid(), 'full', 'x', 'FAILED', now(), now())`);
  await sql('UPDATE relay_lease SET epoch = 1');
  const userId = randomUUID();
  await sql(
    `INSERT INTO ops_users (user_id, email, name, role, password_hash) VALUES ($1, 'asks@example.com', 'Asks', 'operator', 'x')`,
    [userId],
  );
  await sql(
    `INSERT INTO approvals (approval_id, action, subject, payload, state, payload_hash, payload_bytes, key_digest, request_hash, requested_by,
        requested_user_id, asker_roles, requested_at, expires_at)
     SELECT gen_random_uuid(), 'PAYMENT', 'x', '{}', '{}', repeat('0', 64), 2, gen_random_uuid(), gen_random_uuid(), 'x', $1, '{operator}',
            now() - make_interval(hours => i), now() + make_interval(hours => 2 - i) FROM generate_series(0, 3) AS i`,
    [userId],
  );
  const databaseUrl = scratch.database.urlAs('wallet_gateway');
  const database = openDatabase({ databaseUrl, databaseConnectionsMax: 1 }, pino({ level: 'silent' }));
  const lines = new PersonLines(database, pino({ level: 'silent' }));
  await lines.read();
  const counts = lines.told?.lines.map(({ kind, severity, count }) => `${kind} ${severity} ${count}`);
  // Of a thousand and five it counts a thousand; what has expired, was deleted or is closed waits for nobody.
  expect(counts?.sort()).toEqual([
    'APPROVALS_WAITING WARNING 2',
    'DEAD_LETTERS_WAITING WARNING 1000',
    'OPEN_FINDINGS CRITICAL 2',
    'RECONCILIATION_FAILED WARNING 1',
  ]);
  const oldest = lines.told?.lines.find(({ kind }) => kind === 'APPROVALS_WAITING')?.oldestAt ?? 0;
  expect(Date.now() - oldest).toBeGreaterThan(3_500_000);
  expect(Date.now() - (lines.told?.reconciledAt ?? 0)).toBeGreaterThan(290_000);
  expect(lines.told?.relayLagMs).toBeGreaterThanOrEqual(0);
  await database.end();
});
