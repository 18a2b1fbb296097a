import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { holdSteps } from '../testing/hold-steps.js';
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

/** From `expiresAt` on, until its money is available. It is two seconds, which the soak of its races keeps to; the rest is for a busy machine. */
const availableWithinMs = 10_000;

async function expired(holdId: string): Promise<number> {
  const expiresAtMs = Date.parse((await api.get(`/api/holds/${holdId}`)).expiresAt);
  for (;;) {
    const { status } = await api.get(`/api/holds/${holdId}`);
    if (status === 'EXPIRED') return Date.now() - expiresAtMs;
    expect(Date.now() - expiresAtMs, 'still open').toBeLessThan(availableWithinMs + 5_000);
    await sleep(20);
  }
}

const soon = (ms = 1_000) => ({ expiresAt: new Date(Date.now() + ms).toISOString() });

it('100 held, 30 and 40 captured, the rest expires: 30 are available again, by one EXPIRY', async () => {
  const [payer, receiver] = [await api.funded('100'), await api.wallet()];
  const holdId = await steps.hold(payer, receiver, '100', soon());
  for (const amount of ['30', '40']) expect((await steps.capture(holdId, { amount })).status).toBe(201);
  expect(await steps.money(payer)).toEqual(['30.00', '30.00', '0.00']);
  expect(await expired(holdId)).toBeLessThan(availableWithinMs);
  expect(await steps.money(payer)).toEqual(['30.00', '0.00', '30.00']);
  expect(await api.get(`/api/holds/${holdId}`)).toMatchObject({
    ...{ status: 'EXPIRED', captured: '70.00', remaining: '0.00', captures: [expect.any(String), expect.any(String)] },
  });
  const { items } = await api.get(`/api/transactions?parentTransactionId=${holdId}`);
  expect(items.map(({ kind }: { kind: string }) => kind)).toEqual(['EXPIRY', 'CAPTURE', 'CAPTURE']);
  expect(items[0]).toMatchObject({
    status: 'SUCCESS',
    amount: '30.00',
    senderWalletId: payer,
    receiverWalletId: receiver,
  });
  expect(await api.get(`/api/transactions/${items[0].transactionId}`)).toEqual(items[0]);
  expect((await api.post('/api/payments', payment(payer, receiver, '30'))).status).toBe(201);
  const { row, recomputed } = await recomputedWallet(api.scratch.database.admin, payer);
  expect(row).toEqual(recomputed);
});

it('from expiresAt on it is refused HOLD_EXPIRED, whether it was looked for already or not', async () => {
  const [payer, receiver] = [await api.funded('10'), await api.wallet()];
  const holdId = await steps.hold(payer, receiver, '10', soon(600));
  const { expiresAt } = await api.get(`/api/holds/${holdId}`);
  await sleep(Date.parse(expiresAt) - Date.now() + 2);
  const early = await steps.capture(holdId, { amount: '1' });
  await expired(holdId);
  for (const answer of [early, await steps.capture(holdId), await steps.giveUp(holdId)]) {
    expect([answer.status, answer.body.code]).toEqual([422, 'HOLD_EXPIRED']);
    expect(answer.body.detail).toContain(expiresAt);
  }
  expect(await steps.money(payer)).toEqual(['10.00', '0.00', '10.00']);
});

it('expires though its wallets are suspended', async () => {
  const [payer, receiver] = [await api.funded('10'), await api.wallet()];
  const holdId = await steps.hold(payer, receiver, '10', soon());
  for (const walletId of [payer, receiver]) await steps.setStatus(walletId, 'SUSPENDED');
  expect(await expired(holdId)).toBeLessThan(availableWithinMs);
  expect(await steps.money(payer)).toEqual(['10.00', '0.00', '10.00']);
});

it('a hold on credit, partly captured, given up, or expired: the wallet is what its transactions add up to', async () => {
  const [payer, receiver] = [await api.funded('20'), await api.wallet()];
  expect((await steps.setLimits(payer, { creditLimit: '100' })).body).toMatchObject({ creditLimit: '100.00' });
  const first = await steps.hold(payer, receiver, '60', soon());
  const second = await steps.hold(payer, receiver, '50');
  const third = await steps.hold(payer, receiver, '10');
  expect(await steps.money(payer)).toEqual(['20.00', '120.00', '-100.00']);
  const more = await api.post('/api/payments', payment(payer, receiver, '0.01'));
  expect([more.status, more.body.code]).toEqual([422, 'INSUFFICIENT_FUNDS']);
  await steps.capture(first, { amount: '45' });
  await steps.capture(second, { amount: '30' });
  expect(await steps.money(payer)).toEqual(['-55.00', '45.00', '-100.00']);
  await steps.capture(third, { amount: '2.50', final: true });
  await steps.giveUp(second);
  await expired(first);
  expect(await steps.money(payer)).toEqual(['-57.50', '0.00', '-57.50']);
  for (const walletId of [payer, receiver]) {
    const { row, recomputed } = await recomputedWallet(api.scratch.database.admin, walletId);
    expect(row).toEqual(recomputed);
  }
  const inUse = await steps.setLimits(payer, { creditLimit: '57.49' });
  expect([inUse.status, inUse.body.code]).toEqual([422, 'CREDIT_LIMIT_IN_USE']);
  expect((await steps.setLimits(payer, { creditLimit: '57.50' })).status).toBe(200);
});

it('tells its story, and that the platform itself ended it', async () => {
  const [payer, receiver] = [await api.funded('10'), await api.wallet()];
  const holdId = await steps.hold(payer, receiver, '10', soon(700));
  await steps.capture(holdId, { amount: '4' });
  await expired(holdId);
  const steps_ = (await api.get(`/api/transactions/${holdId}/timeline`)).items;
  expect(steps_.map(({ step }: { step: string }) => step)).toEqual([
    'INITIATED',
    'PROCESSING',
    'SUCCESS',
    'CAPTURE',
    'EXPIRY',
  ]);
  const [expiry] = (await api.get(`/api/transactions?parentTransactionId=${holdId}&kind=EXPIRY`)).items;
  const own = (await api.get(`/api/transactions/${expiry.transactionId}/timeline`)).items;
  expect(own[0]).toMatchObject({ step: 'INITIATED', detail: 'The hold\u2019s time was over.' });
});
