import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdBody, holdSteps } from '../testing/hold-steps.js';
import { recomputedWallet } from '../testing/recomputed-wallet.js';
import { payment } from '../testing/test-caller.js';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.js';

let api: TestPlatform;
let steps: ReturnType<typeof holdSteps>;

beforeAll(async () => {
  api = await startTestPlatform();
  steps = holdSteps(api);
});
afterAll(() => api?.close());

const none = { creditLimit: null, perPayment: null, dailyOut: null, dailyIn: null };
const refusal = (answer: { status: number; body: { code: string } }) => [answer.status, answer.body.code];
const pay = (from: string, to: string, amount: string) => api.post('/api/payments', payment(from, to, amount));
const withdraw = (from: string, amount: string) =>
  api.post(`/api/wallets/${from}/withdrawals`, { amount, currency: 'EUR' });
const deposit = (to: string, amount: string) => api.post(`/api/wallets/${to}/deposits`, { amount, currency: 'EUR' });
const limitsOf = (walletId: string) => api.get(`/api/wallets/${walletId}/limits`);
const remaining = async (walletId: string) => (await limitsOf(walletId)).remaining;

describe('limits', () => {
  it('are none at first; all four are replaced, and what is null or left out is gone', async () => {
    const walletId = await api.wallet();
    const day = new Date().toISOString().slice(0, 10);
    const nothing = { walletId, currency: 'EUR', ...none, day, remaining: { dailyOut: null, dailyIn: null } };
    expect(await limitsOf(walletId)).toEqual(nothing);
    const all = { creditLimit: '10', perPayment: '20.5', dailyOut: '30', dailyIn: '0' };
    const set = await steps.setLimits(walletId, all);
    expect([set.status, set.body]).toEqual([
      200,
      {
        ...{ walletId, currency: 'EUR', creditLimit: '10.00', perPayment: '20.50', dailyOut: '30.00', dailyIn: '0.00' },
        ...{ day, remaining: { dailyOut: '30.00', dailyIn: '0.00' } },
      },
    ]);
    expect(await limitsOf(walletId)).toEqual(set.body);
    expect((await steps.setLimits(walletId, { ...all, creditLimit: null, dailyOut: undefined })).body).toMatchObject({
      ...none,
      ...{ perPayment: '20.50', dailyIn: '0.00', remaining: { dailyOut: null, dailyIn: '0.00' } },
    });
    expect((await steps.setLimits(walletId, {})).body).toEqual(nothing);
  });

  it('are of the wallet\u2019s currency', async () => {
    const yen = await api.wallet({ currency: 'JPY' });
    expect((await steps.setLimits(yen, { perPayment: '500' })).body).toMatchObject({
      currency: 'JPY',
      perPayment: '500',
    });
    const wrong = async (limits: Record<string, unknown>) => {
      const { status, body } = await steps.setLimits(yen, limits);
      return [status, body.errors.map(({ field, rule }: { field: string; rule: string }) => [field, rule])];
    };
    expect(await wrong({ creditLimit: '500', perPayment: '500.5', dailyIn: '0.0' })).toEqual([
      400,
      [
        ['perPayment', 'AMOUNT_DECIMALS'],
        ['dailyIn', 'AMOUNT_DECIMALS'],
      ],
    ]);
    // What is wrong in any currency is told before, all of it at once.
    expect(await wrong({ creditLimit: '-1', perPayment: '500.5', dailyOut: 5, dailyIn: 'x' })).toEqual([
      400,
      [
        ['creditLimit', 'AMOUNT_NOT_POSITIVE'],
        ['dailyOut', 'AMOUNT_FORMAT'],
        ['dailyIn', 'AMOUNT_FORMAT'],
      ],
    ]);
  });

  it('of wallets that are not there, and of the platform\u2019s own, are not found', async () => {
    await api.funded('1');
    const [funding] = (await api.get('/api/wallets?kind=FUNDING&currency=EUR')).items;
    for (const id of [randomUUID(), funding.walletId]) {
      expect(refusal(await api.call('GET', `/api/wallets/${id}/limits`))).toEqual([404, 'WALLET_NOT_FOUND']);
      expect(refusal(await steps.setLimits(id, {}))).toEqual([404, 'WALLET_NOT_FOUND']);
    }
  });

  it('need a key, and change nothing when it is sent again', async () => {
    const [walletId, key] = [await api.wallet(), randomUUID()];
    const path = `/api/wallets/${walletId}/limits`;
    expect(refusal(await api.call('PUT', path, {}))).toEqual([400, 'IDEMPOTENCY_KEY_MISSING']);
    await steps.setLimits(walletId, { perPayment: '5' }, key);
    await steps.setLimits(walletId, { perPayment: '7' });
    const askAgain = async () => {
      const again = await steps.setLimits(walletId, { perPayment: '5.00', dailyIn: null }, key);
      expect([again.status, again.body.perPayment, again.headers.get('idempotency-replayed')]).toEqual([
        200,
        '7.00',
        'true',
      ]);
      expect(refusal(await steps.setLimits(walletId, { perPayment: '6' }, key))).toEqual([
        422,
        'IDEMPOTENCY_KEY_REUSED',
      ]);
    };
    await askAgain();
    await api.restartEngine();
    await askAgain();
  });

  it('take effect on wallets that are not ACTIVE', async () => {
    const walletId = await api.wallet({ status: 'CREATED' });
    expect((await steps.setLimits(walletId, { dailyIn: '5' })).body).toMatchObject({ dailyIn: '5.00' });
  });
});

describe('a credit limit', () => {
  it('is how far below zero a wallet may go, and is not taken back while it is in use', async () => {
    const [walletId, receiver] = [await api.funded('10'), await api.wallet()];
    await steps.setLimits(walletId, { creditLimit: '50' });
    expect((await pay(walletId, receiver, '45')).status).toBe(201);
    expect(refusal(await pay(walletId, receiver, '15.01'))).toEqual([422, 'INSUFFICIENT_FUNDS']);
    expect((await withdraw(walletId, '5')).status).toBe(201);
    expect(await steps.money(walletId)).toEqual(['-40.00', '0.00', '-40.00']);
    const key = randomUUID();
    const refused = await steps.setLimits(walletId, { creditLimit: '39.99', perPayment: '1' }, key);
    expect(refusal(refused)).toEqual([422, 'CREDIT_LIMIT_IN_USE']);
    expect(await limitsOf(walletId)).toMatchObject({ creditLimit: '50.00', perPayment: null });
    // Recorded: the answer to this key, though it would be allowed by now.
    await deposit(walletId, '40');
    for (const restarted of [false, true]) {
      if (restarted) await api.restartEngine();
      const again = await steps.setLimits(walletId, { creditLimit: '39.99', perPayment: '1' }, key);
      expect([...refusal(again), again.headers.get('idempotency-replayed')]).toEqual([
        422,
        'CREDIT_LIMIT_IN_USE',
        'true',
      ]);
      expect({ ...again.body, traceId: '' }).toEqual({ ...refused.body, traceId: '' });
    }
    expect((await steps.setLimits(walletId, {})).body).toMatchObject({ creditLimit: null });
  });
});

describe('perPayment', () => {
  it('bounds payments, holds and withdrawals, and nothing that comes back or in', async () => {
    const [walletId, other] = [await api.funded('100'), await api.funded('100')];
    const before = (await pay(walletId, other, '50')).body.transactionId;
    await steps.setLimits(walletId, { perPayment: '10' });
    await steps.setLimits(other, { perPayment: '10' });
    expect(refusal(await pay(walletId, other, '10.01'))).toEqual([422, 'PAYMENT_LIMIT_EXCEEDED']);
    expect(refusal(await withdraw(walletId, '10.01'))).toEqual([422, 'PAYMENT_LIMIT_EXCEEDED']);
    expect(refusal(await api.post('/api/holds', holdBody(walletId, other, '10.01')))).toEqual([
      422,
      'PAYMENT_LIMIT_EXCEEDED',
    ]);
    expect((await pay(walletId, other, '10')).status).toBe(201);
    expect((await deposit(walletId, '90')).status).toBe(201);
    expect((await api.post(`/api/payments/${before}/refunds`, { amount: '40' })).status).toBe(201);
  });
});

describe('daily limits', () => {
  it('know the morning when they are set at noon', async () => {
    const [walletId, other] = [await api.funded('100'), await api.wallet()];
    await pay(walletId, other, '30');
    await withdraw(walletId, '5');
    await steps.hold(walletId, other, '10');
    expect((await steps.setLimits(walletId, { dailyOut: '50', dailyIn: '150' })).body.remaining).toEqual({
      ...{ dailyOut: '5.00', dailyIn: '50.00' },
    });
    // One below what was used leaves nothing.
    expect((await steps.setLimits(walletId, { dailyOut: '20', dailyIn: '99' })).body.remaining).toEqual({
      ...{ dailyOut: '0.00', dailyIn: '0.00' },
    });
  });

  it('count payments, withdrawals and holds out; holds give back what they did not use, refunds nothing', async () => {
    const [walletId, other] = [await api.funded('1000'), await api.wallet()];
    await steps.setLimits(walletId, { dailyOut: '100' });
    const paid = (await pay(walletId, other, '30')).body.transactionId;
    await withdraw(walletId, '10');
    const holdId = await steps.hold(walletId, other, '40');
    expect(await remaining(walletId)).toMatchObject({ dailyOut: '20.00' });
    for (const answer of [
      await pay(walletId, other, '20.01'),
      await withdraw(walletId, '20.01'),
      await api.post('/api/holds', holdBody(walletId, other, '20.01')),
    ]) {
      expect(refusal(answer)).toEqual([422, 'DAILY_OUT_LIMIT_EXCEEDED']);
      expect(answer.body.detail).toContain('20.00 is left today');
    }
    await steps.capture(holdId, { amount: '15' });
    expect(await remaining(walletId)).toMatchObject({ dailyOut: '20.00' });
    await steps.capture(holdId, { amount: '5', final: true });
    expect(await remaining(walletId)).toMatchObject({ dailyOut: '40.00' });
    await api.post(`/api/payments/${paid}/refunds`, {});
    expect(await remaining(walletId)).toMatchObject({ dailyOut: '40.00' });
    await steps.giveUp(await steps.hold(walletId, other, '40'));
    expect(await remaining(walletId)).toMatchObject({ dailyOut: '40.00' });
    const { row, recomputed } = await recomputedWallet(api.scratch.database.admin, walletId);
    expect(row).toEqual(recomputed);
  });

  it('count payments, deposits and captures in, not refunds', async () => {
    const [walletId, other] = [await api.wallet(), await api.funded('1000')];
    await steps.setLimits(walletId, { dailyIn: '100' });
    await deposit(walletId, '20');
    const paid = (await pay(other, walletId, '30')).body.transactionId;
    const holdId = await steps.hold(other, walletId, '90');
    expect(await remaining(walletId)).toMatchObject({ dailyIn: '50.00' });
    await steps.capture(holdId, { amount: '40' });
    expect(await remaining(walletId)).toMatchObject({ dailyIn: '10.00' });
    for (const answer of [
      await deposit(walletId, '10.01'),
      await pay(other, walletId, '10.01'),
      await steps.capture(holdId, { amount: '10.01' }),
    ]) {
      expect(refusal(answer)).toEqual([422, 'DAILY_IN_LIMIT_EXCEEDED']);
    }
    expect(await api.get(`/api/holds/${holdId}`)).toMatchObject({ status: 'OPEN', remaining: '50.00' });
    const out = (await pay(walletId, other, '25')).body.transactionId;
    await api.post(`/api/payments/${out}/refunds`, {});
    await api.post(`/api/payments/${paid}/refunds`, {});
    expect(await remaining(walletId)).toMatchObject({ dailyIn: '10.00' });
    expect((await steps.capture(holdId, { amount: '10', final: true })).status).toBe(201);
    const { row, recomputed } = await recomputedWallet(api.scratch.database.admin, walletId);
    expect(row).toEqual(recomputed);
  });

  it('let exactly so much pass, however many ask at once', async () => {
    const [walletId, other] = [await api.funded('1000'), await api.wallet()];
    await steps.setLimits(walletId, { dailyOut: '20' });
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        i % 3 === 0 ? api.post('/api/holds', holdBody(walletId, other, '1')) : pay(walletId, other, '1'),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(refusal(answer)).toEqual([422, 'DAILY_OUT_LIMIT_EXCEEDED']);
    }
    expect(await remaining(walletId)).toMatchObject({ dailyOut: '0.00' });
  });

  it('of an atomic batch are those of its payments together', async () => {
    const [walletId, other] = [await api.funded('1000'), await api.wallet()];
    await steps.setLimits(walletId, { dailyOut: '20', perPayment: '15' });
    const batch = (...amounts: string[]) =>
      api.post('/api/payments/batch', {
        atomic: true,
        payments: amounts.map((amount) => payment(walletId, other, amount)),
      });
    const refused = await batch('15', '5.01');
    expect([refused.status, refused.body.results[1].problem.code]).toEqual([422, 'DAILY_OUT_LIMIT_EXCEEDED']);
    expect((await batch('15', '5')).status).toBe(201);
    expect(await remaining(walletId)).toMatchObject({ dailyOut: '0.00' });
  });
});
