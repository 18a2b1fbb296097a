import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { payment } from '../testing/test-caller.js';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.js';

let api: TestPlatform;

beforeAll(async () => {
  api = await startTestPlatform();
});
afterAll(() => api?.close());

interface Row {
  auditId: string;
  at: string;
  actor: string;
  action: string;
  subject: string;
  before: unknown;
  after: Record<string, unknown> | null;
  reason: string | null;
  traceId: string | null;
}

/** All of a subject, the oldest first. */
async function rowsOf(subject: string): Promise<Row[]> {
  return (await api.get(`/api/audit?subject=${subject}&limit=200`)).items.toReversed();
}

/** Asks, and asks again after a 503, which did nothing: an engine that has just started may not be there yet. */
async function ask(...asked: Parameters<typeof askOnce>) {
  for (;;) {
    const answer = await askOnce(...asked);
    if (answer.status !== 503) return answer;
  }
}

/** In a trace of its own. */
async function askOnce(method: string, path: string, body?: unknown, { key = '', token = '' } = {}) {
  const traceId = randomUUID().replaceAll('-', '');
  const response = await fetch(api.url + path, {
    method,
    headers: {
      ...(token === '' ? api.authorization : { authorization: `Bearer ${token}` }),
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === '' ? {} : { 'idempotency-key': key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, traceId, headers: response.headers };
}

const shape = { auditId: expect.stringMatching(/^\d+$/), at: expect.stringMatching(/Z$/), actor: 'dev' };

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

describe('a dead letter', () => {
  const ids = ['1', '2', '3'].map((n) => `0193a0c0-0000-7000-8000-00000000000${n}`) as [string, string, string];
  const list = async (query = '', token = '') =>
    JSON.parse((await ask('GET', `/api/dead-letters${query}`, undefined, { token })).text);
  const tokenOf = async (role: string) =>
    (await api.call('POST', '/api/auth/token', { role, caller: role })).body.token;

  beforeAll(async () => {
    for (const [index, id] of ids.entries()) {
      await api.scratch.database.admin.query(
        `INSERT INTO dead_letters (dead_letter_id, queue, message_id, reason, attempts, first_failed_at, payload, payload_bytes, headers)
         VALUES ($1, $2, $3, '550 <ann@example.com> is unknown', 5, '2026-01-01Z', $4, length($4::bytea), '{}')`,
        [id, index === 2 ? 'other.v1' : 'mail.v1', `m${index}`, Buffer.from('{"to":"ann@example.com"}')],
      );
    }
  });

  it('is listed by pages and by queue; whose mail it is, to operators', async () => {
    const first = await list('?limit=1&queue=mail.v1');
    expect(first.items).toEqual([
      {
        ...{
          deadLetterId: ids[1],
          queue: 'mail.v1',
          messageId: 'm1',
          reason: '550 <ann@example.com> is unknown',
          attempts: 5,
        },
        ...{
          firstFailedAt: '2026-01-01T00:00:00.000Z',
          payload: { to: 'ann@example.com' },
          payloadBytes: 24,
          status: 'WAITING',
        },
      },
    ]);
    const second = await list(`?limit=1&queue=mail.v1&cursor=${first.nextCursor}`);
    expect([second.items[0].deadLetterId, second.nextCursor]).toEqual([ids[0], null]);
    expect((await list()).items).toHaveLength(3);
    const seen = await ask('GET', '/api/dead-letters', undefined, { token: await tokenOf('viewer') });
    expect(seen.text).not.toContain('ann@example.com');
  });

  it('is replayed or deleted once, which the log says once', async () => {
    const token = await tokenOf('operator');
    const act = (method: string, path: string) => ask(method, `/api/dead-letters/${path}`, undefined, { token });
    const [asked, again] = [await act('POST', `${ids[0]}/replay`), await act('POST', `${ids[0]}/replay`)];
    expect([asked.status, again.status, again.text]).toEqual([202, 202, asked.text]);
    expect(JSON.parse(asked.text)).toEqual({ deadLetterId: ids[0], status: 'REPLAYING' });
    const [gone, goneAgain] = [await act('DELETE', ids[1]), await act('DELETE', ids[1])];
    expect([gone.status, goneAgain.status]).toEqual([204, 204]);
    for (const refused of [await act('DELETE', ids[0]), await act('POST', `${ids[1]}/replay`)]) {
      expect([refused.status, JSON.parse(refused.text).code]).toEqual([409, 'DEAD_LETTER_ENDED']);
    }
    expect((await act('DELETE', randomUUID())).status).toBe(404);
    expect((await list()).items.map(({ deadLetterId }: { deadLetterId: string }) => deadLetterId)).toEqual([
      ids[2],
      ids[0],
    ]);
    const actor = 'token:operator';
    const replayed = {
      ...shape,
      actor,
      action: 'DEAD_LETTER_REPLAY_REQUESTED',
      subject: ids[0],
      before: null,
      reason: null,
    };
    expect(await rowsOf(ids[0])).toEqual([
      { ...replayed, after: { queue: 'mail.v1', messageId: 'm0' }, traceId: asked.traceId },
    ]);
    expect(await rowsOf(ids[1])).toMatchObject([{ actor, action: 'DEAD_LETTER_DELETED', traceId: gone.traceId }]);
  });
});

describe('saved views', () => {
  const view = { list: 'transactions', name: 'Failed', query: 'status=FAILED&reference=00123', shared: false };
  const put = (id: string, body: object, token = '') => ask('PUT', `/api/views/${id}`, body, { token });
  const shown = async (token = '') =>
    JSON.parse((await ask('GET', '/api/views?list=transactions', undefined, { token })).text).items;

  it('are their owner’s, until they are shared, which the log says; nobody else changes them', async () => {
    const viewId = randomUUID();
    const token = async (role: string) =>
      (await api.call('POST', '/api/auth/token', { role, caller: role })).body.token;
    const [viewer, operator] = [await token('viewer'), await token('operator')];
    expect((await put(viewId, view, operator)).status).toBe(200);
    expect((await put(viewId, view, operator)).status).toBe(200);
    expect(await shown(operator)).toMatchObject([{ ...view, viewId, mine: true, savedBy: 'token:operator' }]);
    expect(await shown(viewer)).toEqual([]);
    expect(await rowsOf(viewId)).toEqual([]);

    const shared = await put(viewId, { ...view, shared: true }, operator);
    expect(JSON.parse(shared.text)).toMatchObject({ shared: true, mine: true });
    expect(await shown(viewer)).toMatchObject([{ ...view, shared: true, mine: false }]);
    for (const one of [
      await put(viewId, view, viewer),
      await ask('DELETE', `/api/views/${viewId}`, undefined, { token: viewer }),
    ]) {
      expect([one.status, JSON.parse(one.text).code]).toEqual([404, 'VIEW_NOT_FOUND']);
    }
    expect((await put(randomUUID(), { ...view, shared: true }, viewer)).status).toBe(403);
    // An admin takes away what others share, and nothing that they keep to themselves.
    const own = randomUUID();
    await put(own, view, operator);
    expect((await ask('DELETE', `/api/views/${own}`)).status).toBe(404);
    const gone = await ask('DELETE', `/api/views/${viewId}`);
    expect(gone.status).toBe(204);
    const { list, name, query } = view;
    const said = { list, name, query };
    expect(await rowsOf(viewId)).toMatchObject([
      { ...shape, actor: 'token:operator', action: 'VIEW_SHARED', before: null, after: said, traceId: shared.traceId },
      { ...shape, action: 'VIEW_UNSHARED', before: said, after: null, traceId: gone.traceId },
    ]);
    const [first] = await rowsOf(viewId);
    expect(await api.get(`/api/audit/${first?.auditId}`)).toEqual(first);
    const none = await ask('GET', '/api/audit/999999999');
    expect([none.status, JSON.parse(none.text).code]).toEqual([404, 'AUDIT_ROW_NOT_FOUND']);
  });

  it('are a hundred at most of one person', async () => {
    const { body } = await api.call('POST', '/api/auth/token', { role: 'viewer', caller: 'collector' });
    const statuses = await Promise.all(
      Array.from({ length: 101 }, async () => (await put(randomUUID(), view, body.token)).status),
    );
    expect(statuses.toSorted()).toEqual([...Array.from({ length: 100 }, () => 200), 409]);
  });
});

describe('digests and summaries', () => {
  const ann = { email: 'ann@example.com', timeZone: 'Europe/Berlin', frequency: 'DAILY', at: '07:00' };
  const put = (items: object[]) => ask('PUT', '/api/digests/recipients', { items });
  const wrong = ({ status, text }: { status: number; text: string }) => [
    status,
    JSON.parse(text).errors?.map(({ field, rule }: { field: string; rule: string }) => `${field} ${rule}`),
  ];

  it('have recipients that are replaced as a whole, which the log says with what was before', async () => {
    expect(JSON.parse((await put([ann])).text).items).toEqual([{ ...ann, name: null }]);
    const second = await put([{ ...ann, name: 'Ann', frequency: 'WEEKLY' }]);
    const listed = await ask('GET', '/api/digests/recipients');
    expect([listed.status, listed.text]).toEqual([200, second.text]);
    const newest = (await rowsOf('digests')).at(-1);
    expect(newest).toMatchObject({
      action: 'DIGEST_RECIPIENTS_CHANGED',
      before: { items: [ann] },
      traceId: second.traceId,
    });
  });

  it('name what is wrong with a recipient, and change nothing then', async () => {
    const before = (await ask('GET', '/api/digests/recipients')).text;
    for (const [change, expected] of [
      [{ email: 'ann@example.com, eve@example.com' }, 'items.0.email ADDRESS'],
      [{ timeZone: 'Mars/Olympus' }, 'items.0.timeZone TIME_ZONE'],
      [{ at: '24:00' }, 'items.0.at FORMAT'],
      [{ frequency: 'HOURLY' }, 'items.0.frequency NOT_ALLOWED'],
    ] as const) {
      expect(wrong(await put([{ ...ann, ...change }]))).toEqual([400, [expected]]);
    }
    expect(wrong(await put([ann, ann]))).toEqual([400, ['items DUPLICATE']]);
    expect((await ask('GET', '/api/digests/recipients')).text).toBe(before);
  });

  it('are asked for, on record; not of days to come', async () => {
    const sent = await ask('POST', '/api/digests/send', { email: 'bob@example.com', date: '2026-01-31' });
    const { digestId } = JSON.parse(sent.text);
    expect([sent.status, await rowsOf(digestId)]).toMatchObject([202, [{ action: 'DIGEST_REQUESTED' }]]);
    const [digest] = JSON.parse((await ask('GET', '/api/digests?limit=1')).text).items;
    expect(digest).toMatchObject({ digestId, email: 'bob@example.com', date: '2026-01-31', status: 'PENDING' });
    const told = await ask('POST', '/api/ai/summaries', { date: '2026-01-31' });
    expect([told.status, await rowsOf('2026-01-31')]).toMatchObject([202, [{ action: 'SUMMARY_REQUESTED' }]]);
    for (const [path, body] of [
      ['/api/digests/send', { email: 'bob@example.com', date: '2199-01-01' }],
      ['/api/ai/summaries', { date: '2199-01-01' }],
    ] as const) {
      expect(wrong(await ask('POST', path, body))).toEqual([400, ['date RANGE']]);
    }
    expect(wrong(await ask('POST', '/api/ai/summaries', { date: '2026-02-30' }))).toEqual([400, ['date FORMAT']]);
  });

  it('go to whom an operator pleases only if they are recipients: to others an admin sends them', async () => {
    const { token } = (await api.call('POST', '/api/auth/token', { role: 'operator', caller: 'night.shift' })).body;
    const send = (email: string) => ask('POST', '/api/digests/send', { email, date: '2026-01-31' }, { token });
    await put([ann]);
    expect(wrong(await send('eve@example.com'))[0]).toBe(403);
    expect((await send('ANN@example.com')).status).toBe(202);
  });

  it('are listed by pages, of the days between', async () => {
    await api.scratch.database.admin.query(
      `INSERT INTO ai_summaries (summary_id, summary_date, summary_type, content, facts)
       SELECT gen_random_uuid(), '2026-03-01'::date + day / 2, 'FALLBACK', 'Quiet.', '{}' FROM generate_series(0, 5) AS day`,
    );
    const days: string[] = [];
    for (let cursor = ''; cursor !== 'null'; ) {
      const path = `/api/ai/summaries?from=2026-03-01&to=2026-03-02&limit=3${cursor && `&cursor=${cursor}`}`;
      const page = JSON.parse((await ask('GET', path)).text);
      days.push(...page.items.map(({ summaryDate }: { summaryDate: string }) => summaryDate));
      cursor = String(page.nextCursor);
    }
    expect(days).toEqual(['2026-03-02', '2026-03-02', '2026-03-01', '2026-03-01']);
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
        (row: Row) => row.traceId === file.traceId,
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
