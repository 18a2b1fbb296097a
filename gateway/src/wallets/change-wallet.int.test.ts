import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.js';

let api: TestPlatform;
beforeAll(async () => {
  api = await startTestPlatform();
});
afterAll(() => api?.close());

const patch = (walletId: string, body: object, key?: string) =>
  api.call('PATCH', `/api/wallets/${walletId}`, body, key);

async function changesOf(walletId: string) {
  const { rows } = await api.scratch.database.admin.query(
    `SELECT caller, detail FROM audit_log WHERE subject = $1 AND action = 'WALLET_CHANGED' ORDER BY audit_id`,
    [walletId],
  );
  return rows;
}

it('a change of a wallet changes what it names and nothing else, and stands in the audit log', async () => {
  const userId = randomUUID();
  const walletId = await api.wallet({ userId, metadata: { tier: 1 } });
  const before = await api.get(`/api/wallets/${walletId}`);
  const changed = await patch(walletId, { metadata: { tier: 2 } });
  expect(changed.status).toBe(200);
  const { version, updatedAt, ...rest } = changed.body;
  expect(rest).toEqual({
    ...Object.fromEntries(Object.entries(before).filter(([name]) => name !== 'version' && name !== 'updatedAt')),
    metadata: { tier: 2 },
  });
  expect(version).toBe(before.version + 1);
  expect(updatedAt >= before.updatedAt).toBe(true);
  expect(await api.get(`/api/wallets/${walletId}`)).toEqual(changed.body);
  expect((await patch(walletId, { userId: null, metadata: null })).body).toMatchObject({
    userId: null,
    metadata: null,
  });
  expect(await changesOf(walletId)).toEqual([
    {
      caller: 'dev',
      detail: {
        before: { userId, metadata: { tier: 1 } },
        after: { userId, metadata: { tier: 2 } },
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    },
    { caller: 'dev', detail: expect.objectContaining({ after: { userId: null, metadata: null } }) },
  ]);
});

it('a change that is sent again undoes nothing that happened meanwhile', async () => {
  const walletId = await api.wallet();
  const key = randomUUID();
  expect((await patch(walletId, { metadata: { a: 1 } }, key)).status).toBe(200);
  await patch(walletId, { metadata: { a: 2 } });
  const again = await patch(walletId, { metadata: { a: 1 } }, key);
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
  expect(again.body.metadata).toEqual({ a: 2 });
  expect((await patch(walletId, { metadata: { a: 3 } }, key)).body.code).toBe('IDEMPOTENCY_KEY_REUSED');
  // Nor is the key of something else one.
  const paid = await api.call('POST', `/api/wallets/${walletId}/deposits`, { amount: '1', currency: 'EUR' }, key);
  expect(paid.body.code).toBe('IDEMPOTENCY_KEY_REUSED');
  expect(await changesOf(walletId)).toHaveLength(2);
});

it('what creates a wallet again answers with it as it is now', async () => {
  const [walletId, key] = [randomUUID(), randomUUID()];
  const make = () => api.call('POST', '/api/wallets', { walletId, currency: 'EUR', metadata: { a: 1 } }, key);
  expect((await make()).status).toBe(201);
  await patch(walletId, { metadata: { a: 2 } });
  const again = await make();
  expect([again.status, again.body.metadata]).toEqual([201, { a: 2 }]);
});

it('changes of one wallet at once are one after the other, beside its payments', async () => {
  const walletId = await api.wallet();
  const users = Array.from({ length: 8 }, () => randomUUID());
  const answers = await Promise.all([
    ...users.map((userId) => patch(walletId, { userId })),
    ...users.map(() => api.post(`/api/wallets/${walletId}/deposits`, { amount: '1', currency: 'EUR' })),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([...Array(8).fill(200), ...Array(8).fill(201)]);
  const changes = await changesOf(walletId);
  for (const [i, { detail }] of changes.entries()) {
    expect(detail.before).toEqual(i === 0 ? { userId: null, metadata: null } : changes[i - 1].detail.after);
  }
  const { userId, balance } = await api.get(`/api/wallets/${walletId}`);
  expect([userId, balance]).toEqual([changes.at(-1).detail.after.userId, '8.00']);
});

it('no scope, balance or status is changed so, and no wallet that is not there', async () => {
  const walletId = await api.wallet({ scope: 'shop' });
  for (const field of ['scope', 'status', 'balance', 'currency']) {
    expect((await patch(walletId, { [field]: 'x' })).body.errors).toMatchObject([{ field, rule: 'UNKNOWN_FIELD' }]);
  }
  expect((await patch(randomUUID(), { userId: null })).body.code).toBe('WALLET_NOT_FOUND');
  const { rows } = await api.scratch.database.admin.query(
    `SELECT wallet_id FROM wallets WHERE kind = 'FUNDING' LIMIT 1`,
  );
  if (rows[0]) expect((await patch(rows[0].wallet_id, { userId: null })).status).toBe(404);
  // The user's wallets of a scope follow.
  const userId = randomUUID();
  const { token } = (await api.call('POST', '/api/auth/token', { role: 'service', scope: 'shop' })).body;
  expect((await patch(walletId, { userId })).status).toBe(200);
  const listed = await fetch(`${api.url}/api/wallets?userId=${userId}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(((await listed.json()) as { items: unknown[] }).items).toMatchObject([{ walletId, userId, scope: 'shop' }]);
});
