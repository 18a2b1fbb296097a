import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AuditedRow, auditedCalls, auditedShape } from '../testing/audited-calls.js';
import { payment } from '../testing/test-caller.js';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.js';

let api: TestPlatform;

beforeAll(async () => {
  api = await startTestPlatform();
});
afterAll(() => api?.close());

const { ask, rowsOf } = auditedCalls(() => api);
const shape = auditedShape;

describe('each act is one row', () => {
  it('a wallet\u2019s status, changed or as it was, however often it is asked for', async () => {
    const walletId = await api.wallet({ status: 'CREATED' });
    const path = `/api/wallets/${walletId}/status`;
    const [key, kept] = [randomUUID(), randomUUID()];
    const body = { status: 'ACTIVE', reason: 'checked' };
    const changed = await ask('PATCH', path, body, { key });
    const same = await ask('PATCH', path, { status: 'ACTIVE' }, { key: kept });
    // From memory, from the ledger by the gateway, and by an engine that has nothing in mind.
    for (const forget of [async () => {}, () => api.forgetAnswers(), () => api.restartEngine()]) {
      await forget();
      const again = await ask('PATCH', path, body, { key });
      expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
    }
    const active = { status: 'ACTIVE' };
    expect(await rowsOf(walletId)).toEqual([
      {
        ...{
          ...shape,
          action: 'WALLET_STATUS_CHANGED',
          subject: walletId,
          before: { status: 'CREATED' },
          after: active,
        },
        ...{ reason: 'checked', traceId: changed.traceId },
      },
      {
        ...{ ...shape, action: 'WALLET_STATUS_KEPT', subject: walletId, before: active, after: active },
        ...{ reason: null, traceId: same.traceId },
      },
    ]);
    // What is rejected changes nothing and leaves no row.
    expect((await ask('PATCH', path, { status: 'CREATED' })).status).toBe(409);
    expect(await rowsOf(walletId)).toHaveLength(2);
    // Closed since, it could not be made ACTIVE any more: an owner that knows nothing of it answers it as it was answered.
    await ask('PATCH', path, { status: 'CLOSED' });
    await api.restartEngine();
    const again = await ask('PATCH', path, body, { key });
    expect([again.status, JSON.parse(again.text).status]).toEqual([200, 'CLOSED']);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(JSON.parse((await ask('PATCH', path, { status: 'ACTIVE' }, { key })).text).code).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
    expect(JSON.parse((await ask('PATCH', path, body)).text).code).toBe('ILLEGAL_STATUS_CHANGE');
  });

  it('limits, changed or refused', async () => {
    const [walletId, other] = [await api.funded('10'), await api.wallet()];
    const path = `/api/wallets/${walletId}/limits`;
    const key = randomUUID();
    const changed = await ask('PUT', path, { creditLimit: '50', perPayment: '20.5' }, { key });
    await ask('PUT', path, { creditLimit: '50.00', perPayment: '20.50' }, { key });
    await api.post('/api/payments', payment(walletId, other, '15'));
    const refused = await ask('PUT', path, {}, { key: randomUUID() });
    expect([changed.status, refused.status]).toEqual([200, 422]);
    const none = { creditLimit: null, perPayment: null, dailyOut: null, dailyIn: null, currency: 'EUR' };
    const set = { ...none, creditLimit: '50.00', perPayment: '20.50' };
    const { detail } = JSON.parse(refused.text);
    expect(await rowsOf(walletId)).toEqual([
      {
        ...{ ...shape, action: 'LIMITS_CHANGED', subject: walletId, before: none, after: set },
        ...{ reason: null, traceId: changed.traceId },
      },
      {
        // A limit is removed, by the development token.
        ...{ ...shape, action: 'APPROVAL_SKIPPED', subject: walletId, before: null },
        ...{ after: { action: 'LIMITS_CHANGE', payload: { ...none, walletId, creditLimit: '0.00' } } },
        ...{ reason: null, traceId: refused.traceId },
      },
      {
        ...{ ...shape, action: 'LIMITS_REFUSED', subject: walletId, before: set },
        ...{ after: { ...set, refused: { code: 'CREDIT_LIMIT_IN_USE', reason: detail } } },
        ...{ reason: null, traceId: refused.traceId },
      },
    ]);
  });

  it('a reversal; refunds and refused reversals are transactions alone', async () => {
    const [from, to] = [await api.funded('100'), await api.wallet()];
    const paid = (await api.post('/api/payments', payment(from, to, '12.50'))).body.transactionId;
    await api.post(`/api/payments/${paid}/refunds`, { amount: '2.50' });
    expect(await rowsOf(paid)).toEqual([]);
    const [path, key] = [`/api/transactions/${paid}/reversal`, randomUUID()];
    const token = (await api.call('POST', '/api/auth/token', { role: 'operator', caller: 'night.shift' })).body.token;
    const body = { reason: 'paid twice' };
    const reversed = await ask('POST', path, body, { key, token });
    expect(reversed.status).toBe(201);
    for (const forget of [async () => {}, () => api.forgetAnswers()]) {
      await forget();
      expect((await ask('POST', path, body, { key, token })).text).toBe(reversed.text);
    }
    expect((await ask('POST', path, body, { key: randomUUID() })).status).toBe(422);
    const { transactionId, createdAt } = JSON.parse(reversed.text);
    expect(await rowsOf(paid)).toEqual([
      {
        ...{ ...shape, at: createdAt, actor: 'token:night.shift', action: 'TRANSACTION_REVERSED', subject: paid },
        ...{ before: null, after: { transactionId, amount: '10.00', currency: 'EUR' } },
        ...{ reason: 'paid twice', traceId: reversed.traceId },
      },
    ]);
    // A payment that was refunded whole is no reversal.
    const other = (await api.post('/api/payments', payment(from, to, '1'))).body.transactionId;
    await api.post(`/api/payments/${other}/refunds`, {});
    expect(await rowsOf(other)).toEqual([]);
  });

  it('reversals of a deposit and of a withdrawal, many at once', async () => {
    const walletId = await api.funded('100');
    const amounts = ['1', '2', '3'];
    const made = await Promise.all(
      ['deposits', 'withdrawals'].flatMap((kind) =>
        amounts.map((amount) => api.post(`/api/wallets/${walletId}/${kind}`, { amount, currency: 'EUR' })),
      ),
    );
    const reversed = await Promise.all(
      made.map(({ body }) =>
        ask('POST', `/api/transactions/${body.transactionId}/reversal`, { reason: 'all' }, { key: randomUUID() }),
      ),
    );
    for (const [i, { traceId, text }] of reversed.entries()) {
      const { transactionId, amount } = JSON.parse(text);
      expect(await rowsOf(made[i]?.body.transactionId)).toMatchObject([
        { action: 'TRANSACTION_REVERSED', after: { transactionId, amount }, reason: 'all', traceId },
      ]);
    }
  });

  it('a token, minted and withdrawn', async () => {
    const minted = await ask('POST', '/api/auth/token', { role: 'viewer', caller: 'eye' });
    const { tokenId, token } = JSON.parse(minted.text);
    const withdrawn = [];
    for (const _ of [1, 2]) withdrawn.push(await ask('DELETE', `/api/auth/tokens/${tokenId}`));
    const found = await rowsOf(tokenId);
    expect(found).toMatchObject([
      {
        ...shape,
        action: 'TOKEN_MINTED',
        before: null,
        after: { role: 'viewer', caller: 'eye' },
        traceId: minted.traceId,
      },
      { ...shape, action: 'TOKEN_REVOKED', traceId: withdrawn[0]?.traceId },
    ]);
    expect(found).toHaveLength(2);
    expect(JSON.stringify(found)).not.toContain(token);
  });
});

describe('an export', () => {
  it('is on record before its first row, and once more when it is over', async () => {
    const [from, to] = [await api.funded('100'), await api.wallet()];
    for (const _ of [1, 2, 3]) await api.post('/api/payments', { ...payment(from, to, '1'), reference: 'exported' });
    const file = await ask('GET', '/api/transactions/export?format=ndjson&reference=exported');
    expect(file.text.trimEnd().split('\n')).toHaveLength(3);
    const exports = async () =>
      (await api.get('/api/audit?action=TRANSACTIONS_EXPORTED&actor=dev')).items.filter(
        (row: AuditedRow) => row.traceId === file.traceId,
      );
    const [begun] = await exports();
    const { exportId } = begun.after;
    expect(begun).toEqual({
      ...{ ...shape, action: 'TRANSACTIONS_EXPORTED', subject: exportId, before: null, reason: null },
      after: {
        ...{ exportId, format: 'ndjson', filters: { reference: 'exported' }, rows: 3 },
        asOf: file.headers.get('export-as-of'),
      },
      traceId: file.traceId,
    });
    await vi.waitFor(async () => expect(await rowsOf(exportId)).toHaveLength(2), 10_000);
    expect((await rowsOf(exportId))[1]).toMatchObject({
      ...{ ...shape, action: 'EXPORT_ENDED', after: { exportId, rows: 3, whole: true }, traceId: file.traceId },
    });
    // Nothing leaves.
    const head = await fetch(`${api.url}/api/transactions/export`, { method: 'HEAD', headers: api.authorization });
    expect(head.status).toBe(200);
    expect((await api.get('/api/audit?action=TRANSACTIONS_EXPORTED')).items).toHaveLength(1);
  });

  it('that its caller leaves says how many rows left at most, and that they were not all', async () => {
    const walletId = await api.funded('1');
    const { admin } = api.scratch.database;
    // Enough that no buffer holds them.
    await admin.query(
      `INSERT INTO transactions SELECT (r).* FROM (
         SELECT jsonb_populate_record(t, jsonb_build_object('transaction_id',
                  overlay(gen_random_uuid()::text placing left(uuid_at(t.created_at)::text, 13) from 1), 'description', repeat('x', 1000),
                  'sender_entry_no', null, 'receiver_entry_no', null, 'sender_balance_after', null, 'receiver_balance_after', null,
                  'status', 'FAILED', 'failure_code', 'INSUFFICIENT_FUNDS', 'reference', 'left')) AS r
           FROM transactions t, generate_series(1, 20000) WHERE t.receiver_wallet_id = $1) made`,
      [walletId],
    );
    const request = get(`${api.url}/api/transactions/export?reference=left`, { headers: { ...api.authorization } });
    const [response] = await once(request, 'response');
    await once(response, 'data');
    response.destroy();
    const ended = await vi.waitFor(async () => {
      const [row] = (await api.get('/api/audit?action=EXPORT_ENDED&limit=1')).items;
      expect(row.after.whole).toBe(false);
      return row;
    }, 10_000);
    const total = Number(response.headers['export-total']);
    expect(ended.after.rows).toBeGreaterThan(0);
    expect(ended.after.rows).toBeLessThan(total);
    expect((await rowsOf(ended.subject))[0]).toMatchObject({ after: { rows: total } });
  });

  it('of a statement is about its wallet', async () => {
    const walletId = await api.funded('100');
    await api.post(`/api/wallets/${walletId}/withdrawals`, { amount: '1', currency: 'EUR' });
    const path = `/api/wallets/${walletId}/statement?from=2026-01-01&to=2100-01-01`;
    await api.get(path);
    expect(await rowsOf(walletId)).toEqual([]);
    const headers = { ...api.authorization, accept: 'text/csv' };
    expect((await (await fetch(api.url + path, { headers })).text()).trimEnd().split('\r\n')).toHaveLength(3);
    await vi.waitFor(async () => expect(await rowsOf(walletId)).toHaveLength(2), 10_000);
    const filters = { from: '2026-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' };
    const exportId = expect.any(String);
    expect(await rowsOf(walletId)).toMatchObject([
      { ...shape, action: 'STATEMENT_EXPORTED', after: { exportId, format: 'csv', filters, rows: 2 } },
      { ...shape, action: 'EXPORT_ENDED', after: { exportId, rows: 2, whole: true } },
    ]);
  });

  it('that cannot be written down does not take place', async () => {
    const { admin } = api.scratch.database;
    await admin.query('REVOKE EXECUTE ON FUNCTION record_export FROM wallet_gateway');
    try {
      const walletId = await api.funded('1');
      const statement = `/api/wallets/${walletId}/statement?from=2026-01-01&to=2100-01-01`;
      const headers = { ...api.authorization, accept: 'text/csv' };
      for (const path of [statement, '/api/transactions/export']) {
        expect((await fetch(api.url + path, { headers })).status).toBeGreaterThanOrEqual(500);
      }
    } finally {
      await admin.query('GRANT EXECUTE ON FUNCTION record_export TO wallet_gateway');
    }
  });
});

it.each<[string, (key: string) => Promise<() => ReturnType<typeof ask>>]>([
  [
    'a change of status',
    async (key) => {
      const walletId = await api.wallet();
      return () => ask('PATCH', `/api/wallets/${walletId}/status`, { status: 'SUSPENDED' }, { key });
    },
  ],
  [
    'a reversal',
    async (key) => {
      const walletId = await api.wallet();
      const { body } = await api.post(`/api/wallets/${walletId}/deposits`, { amount: '7', currency: 'EUR' });
      return () => ask('POST', `/api/transactions/${body.transactionId}/reversal`, { reason: 'test' }, { key });
    },
  ],
])('%s whose engine was killed between commit and answer is one row, and asked again no second', async (_, prepare) => {
  const { admin } = api.scratch.database;
  const act = await prepare(randomUUID());
  const newest = async () => (await admin.query('SELECT max(audit_id)::int AS id FROM audit_log')).rows[0].id as number;
  const before = await newest();
  const locker = new pg.Client(api.scratch.database.url);
  await locker.connect();
  await locker.query('BEGIN; LOCK TABLE audit_log IN EXCLUSIVE MODE');
  const asking = act();
  const isWaiting = async () => {
    const { rowCount } = await admin.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename = 'wallet_engine' AND wait_event_type = 'Lock'`,
    );
    return rowCount === 1;
  };
  while (!(await isWaiting())) await sleep(5);
  // It hears nothing of the commit that follows.
  api.engineProcess().kill('SIGSTOP');
  await locker.query('ROLLBACK');
  await locker.end();
  while ((await newest()) === before) await sleep(5);
  api.engineProcess().kill('SIGKILL');
  await api.restartEngine();
  const answer = await asking;
  expect([answer.status < 300, answer.headers.get('idempotency-replayed')]).toEqual([true, 'true']);
  const again = await act();
  expect([again.status, again.text]).toEqual([answer.status, answer.text]);
  const { rows } = await admin.query(`SELECT detail->>'traceId' AS trace FROM audit_log WHERE audit_id > $1`, [before]);
  expect(rows).toEqual([{ trace: answer.traceId }]);
});

it('filters are named when they are wrong, and a cursor belongs to its filters', async () => {
  const errors = async (query: string) => {
    const { status, body } = await api.call('GET', `/api/audit?${query}`);
    return [status, body.errors?.map(({ field }: { field: string }) => field)];
  };
  expect(await errors('from=yesterday&actor=&limit=0')).toEqual([
    400,
    expect.arrayContaining(['from', 'actor', 'limit']),
  ]);
  expect(await errors('from=2026-02-01&to=2026-01-01')).toEqual([400, ['from']]);
  expect(await errors('subject=%00')).toEqual([400, ['subject']]);
  expect(await errors('who=dev')).toEqual([400, expect.anything()]);
  expect(await errors(`subject=${'x'.repeat(501)}`)).toEqual([400, ['subject']]);
  const { nextCursor } = await api.get('/api/audit?actor=dev&limit=1');
  expect(nextCursor).not.toBeNull();
  expect(await errors(`actor=other&limit=1&cursor=${nextCursor}`)).toEqual([400, ['cursor']]);
  expect((await api.get('/api/audit?action=NOT_YET')).items).toEqual([]);
  const walletId = await api.wallet({ status: 'CREATED' });
  await api.call('PATCH', `/api/wallets/${walletId}/status`, { status: 'ACTIVE' });
  expect((await api.get(`/api/audit?subject=${walletId.toUpperCase()}`)).items).toHaveLength(1);
});
