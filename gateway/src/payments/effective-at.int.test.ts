import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { payment } from '../testing/test-caller.js';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.js';

let api: TestPlatform;

beforeAll(async () => {
  api = await startTestPlatform();
});
afterAll(() => api?.close());

it('is kept and told, as an instant in UTC, and orders nothing', async () => {
  const [payer, receiver] = [await api.funded('10'), await api.wallet()];
  const body = { ...payment(payer, receiver, '1'), effectiveAt: '2025-03-01T01:30:00.5+02:00' };
  const { body: made, status } = await api.post('/api/payments', body);
  expect([status, made.effectiveAt]).toEqual([201, '2025-02-28T23:30:00.500Z']);
  expect(Math.abs(Date.parse(made.createdAt) - Date.now())).toBeLessThan(10_000);
  expect(await api.get(`/api/transactions/${made.transactionId}`)).toEqual(made);
  expect(await api.get(`/api/payments/${made.transactionId}`)).toMatchObject({ effectiveAt: made.effectiveAt });
  const later = await api.post('/api/payments', payment(payer, receiver, '1'));
  expect(later.body.effectiveAt).toBeNull();
  const { items } = await api.get(`/api/transactions?walletId=${receiver}`);
  expect(items).toEqual([later.body, made]);
  expect((await api.get(`/api/transactions?walletId=${receiver}&to=2025-12-31`)).items).toEqual([]);
});

it('is a part of the request where it is there, and nowhere else', async () => {
  const [payer, receiver] = [await api.funded('10'), await api.wallet()];
  const plain = payment(payer, receiver, '1');
  const at = { ...plain, effectiveAt: '2026-01-31T12:00:00Z' };
  const [withIt, without] = [randomUUID(), randomUUID()];
  const first = await api.post('/api/payments', at, withIt);
  const bare = await api.post('/api/payments', plain, without);
  const askAgain = async () => {
    for (const [key, same, other, answer] of [
      [withIt, { ...at, effectiveAt: '2026-01-31T13:00:00+01:00' }, plain, first],
      [without, { ...plain, effectiveAt: null }, at, bare],
    ] as const) {
      const again = await api.post('/api/payments', same, key);
      expect([again.status, again.text, again.headers.get('idempotency-replayed')]).toEqual([201, answer.text, 'true']);
      const reused = await api.post('/api/payments', other, key);
      expect([reused.status, reused.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    }
  };
  // From Redis, by the ledger's row; and from the ledger alone.
  await askAgain();
  await api.restartEngine();
  await api.forgetAnswers();
  await askAgain();
});

it('stands beside each payment of a batch', async () => {
  const [payer, receiver, key] = [await api.funded('10'), await api.wallet(), randomUUID()];
  const items = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'].map((effectiveAt) => ({
    ...payment(payer, receiver, '1'),
    effectiveAt,
  }));
  const atomic = { atomic: true, payments: items };
  const made = await api.post('/api/payments/batch', atomic, key);
  const times = (body: { results: { transaction: { effectiveAt: string } }[] }) =>
    body.results.map(({ transaction }) => transaction.effectiveAt);
  expect(times(made.body)).toEqual(items.map(({ effectiveAt }) => effectiveAt));
  expect((await api.post('/api/payments/batch', atomic, key)).text).toBe(made.text);
  const swapped = await api.post('/api/payments/batch', { atomic: true, payments: items.toReversed() }, key);
  expect([swapped.status, swapped.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  const plain = { payments: items.map((item) => ({ ...item, idempotencyKey: randomUUID() })) };
  const each = await api.call('POST', '/api/payments/batch', plain);
  expect(times(each.body)).toEqual(items.map(({ effectiveAt }) => effectiveAt));
  expect(times((await api.call('POST', '/api/payments/batch', plain)).body)).toEqual(times(each.body));
});
