import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const refund = (id: string, body: Record<string, unknown> = {}, key?: string) =>
  api.post(`/api/payments/${id}/refunds`, body, key);
const reverse = (id: string, body: Record<string, unknown> = { reason: 'by mistake' }, key?: string) =>
  api.post(`/api/transactions/${id}/reversal`, body, key);
const refusal = (answer: { status: number; body: { code: string } }) => [answer.status, answer.body.code];

async function paid(amount: string) {
  const [payer, receiver] = [await api.funded(amount), await api.wallet()];
  const { body } = await api.post('/api/payments', payment(payer, receiver, amount));
  return { payer, receiver, id: body.transactionId as string };
}

async function deposited(amount: string) {
  const walletId = await api.wallet();
  const { body } = await api.post(`/api/wallets/${walletId}/deposits`, { amount, currency: 'EUR' });
  return { walletId, id: body.transactionId as string };
}

describe('a refund', () => {
  it('100 paid, 60 refunded: 50 more are refused, 40 are not', async () => {
    const { payer, receiver, id } = await paid('100');
    const first = await refund(id, { amount: '60', reason: 'damaged' });
    const { transactionId } = first.body;
    expect([first.status, first.headers.get('location')]).toEqual([201, `/api/transactions/${transactionId}`]);
    expect(first.body).toMatchObject({
      ...{ kind: 'REFUND', status: 'SUCCESS', amount: '60.00', currency: 'EUR', description: 'damaged' },
      ...{ senderWalletId: receiver, receiverWalletId: payer, parentTransactionId: id, released: null },
    });
    expect(await api.get(`/api/transactions/${transactionId}`)).toEqual(first.body);
    expect(await api.get(`/api/payments/${id}`)).toMatchObject({ refunded: '60.00', refundable: '40.00' });
    const second = await refund(id, { amount: '50' });
    expect(refusal(second)).toEqual([422, 'REFUND_EXCEEDS_REMAINING']);
    expect(second.body.detail).toContain('40.00 EUR is left to refund, 50.00');
    expect(await api.get(`/api/transactions/${second.body.transactionId}`)).toMatchObject({
      ...{ kind: 'REFUND', status: 'FAILED', amount: '50.00', parentTransactionId: id },
    });
    expect((await refund(id)).body).toMatchObject({ amount: '40.00' });
    expect(await api.get(`/api/payments/${id}`)).toMatchObject({ refunded: '100.00', refundable: '0.00' });
    expect(refusal(await refund(id))).toEqual([422, 'REFUND_EXCEEDS_REMAINING']);
    expect(await steps.money(payer)).toEqual(['100.00', '0.00', '100.00']);
    expect(await steps.money(receiver)).toEqual(['0.00', '0.00', '0.00']);
  });

  it('of a capture is one, too, and of its hold is not', async () => {
    const [payer, receiver] = [await api.funded('100'), await api.wallet()];
    const holdId = await steps.hold(payer, receiver, '50');
    const capture = (await steps.capture(holdId, { amount: '20' })).body.transactionId;
    const given = (await steps.giveUp(holdId)).body.transactionId;
    expect((await refund(capture, { amount: '5' })).body).toMatchObject({
      ...{
        kind: 'REFUND',
        amount: '5.00',
        senderWalletId: receiver,
        receiverWalletId: payer,
        parentTransactionId: capture,
      },
    });
    expect(await steps.money(payer)).toEqual(['85.00', '0.00', '85.00']);
    for (const id of [holdId, given]) expect(refusal(await refund(id))).toEqual([422, 'NOT_REFUNDABLE']);
    expect(refusal(await api.call('GET', `/api/payments/${capture}`))).toEqual([404, 'PAYMENT_NOT_FOUND']);
  });

  it('of anything else is NOT_REFUNDABLE, which is recorded', async () => {
    const { payer, receiver, id } = await paid('10');
    const { id: deposit, walletId } = await deposited('5');
    const withdrawn = await api.post(`/api/wallets/${walletId}/withdrawals`, { amount: '2', currency: 'EUR' });
    const failed = await api.post('/api/payments', payment(payer, receiver, '99'));
    const back = (await refund(id, { amount: '1' })).body.transactionId;
    const reversed = (await reverse((await deposited('5')).id)).body;
    expect(reversed).toMatchObject({ kind: 'REVERSAL', status: 'SUCCESS', amount: '5.00' });
    const ids = [deposit, withdrawn.body.transactionId, failed.body.transactionId, back, reversed.transactionId];
    for (const one of ids) {
      const key = randomUUID();
      const answer = await refund(one, { amount: '7' }, key);
      expect(refusal(answer), one).toEqual([422, 'NOT_REFUNDABLE']);
      expect(await api.get(`/api/transactions/${answer.body.transactionId}`)).toMatchObject({
        ...{
          kind: 'REFUND',
          status: 'FAILED',
          failureCode: 'NOT_REFUNDABLE',
          parentTransactionId: one,
          amount: '7.00',
        },
      });
      const again = await refund(one, { amount: '7' }, key);
      expect([again.headers.get('idempotency-replayed'), again.body.transactionId]).toEqual([
        'true',
        answer.body.transactionId,
      ]);
    }
  });

  it('is refused in the order of the rules: kind, what is left, status, money', async () => {
    const { receiver, id } = await paid('10');
    const { id: deposit, walletId } = await deposited('5');
    await steps.setStatus(walletId, 'SUSPENDED');
    expect(refusal(await refund(deposit, { amount: '99' }))).toEqual([422, 'NOT_REFUNDABLE']);
    // Spent, and then suspended.
    await api.post('/api/payments', payment(receiver, await api.wallet(), '8'));
    expect(refusal(await refund(id))).toEqual([422, 'INSUFFICIENT_FUNDS']);
    await steps.setStatus(receiver, 'SUSPENDED');
    expect(refusal(await refund(id, { amount: '11' }))).toEqual([422, 'REFUND_EXCEEDS_REMAINING']);
    expect(refusal(await refund(id, { amount: '9' }))).toEqual([422, 'WALLET_NOT_ACTIVE']);
    await steps.setStatus(receiver, 'ACTIVE');
    expect((await refund(id, { amount: '2' })).status).toBe(201);
  });

  it('is made a hundred times at most, then an operator takes back the rest', async () => {
    const { payer, id } = await paid('10');
    const answers = await Promise.all(Array.from({ length: 101 }, () => refund(id, { amount: '0.01' })));
    const codes = answers.map(({ status, body }) => (status === 201 ? 'REFUNDED' : body.code)).sort();
    expect(codes).toEqual([...Array(100).fill('REFUNDED'), 'TOO_MANY_REFUNDS']);
    expect((await reverse(id)).body).toMatchObject({ kind: 'REVERSAL', amount: '9.00' });
    expect(await steps.money(payer)).toEqual(['10.00', '0.00', '10.00']);
  });

  it('races with others for what is left: ten of 30 of a payment of 100 are three', async () => {
    const { payer, receiver, id } = await paid('100');
    const answers = await Promise.all(Array.from({ length: 10 }, () => refund(id, { amount: '30' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(3).fill(201), ...Array(7).fill(422)]);
    for (const walletId of [payer, receiver]) {
      const { row, recomputed } = await recomputedWallet(api.scratch.database.admin, walletId);
      expect(row).toEqual(recomputed);
    }
  });
});

describe('a reversal', () => {
  it('takes back what is left of a payment', async () => {
    const { payer, receiver, id } = await paid('100');
    await refund(id, { amount: '30' });
    const reversed = await reverse(id, { reason: 'paid twice' });
    const { transactionId } = reversed.body;
    expect([reversed.status, reversed.headers.get('location')]).toEqual([201, `/api/transactions/${transactionId}`]);
    expect(reversed.body).toMatchObject({
      ...{ kind: 'REVERSAL', status: 'SUCCESS', amount: '70.00', description: 'paid twice', parentTransactionId: id },
      ...{ senderWalletId: receiver, receiverWalletId: payer },
    });
    expect(await api.get(`/api/transactions/${transactionId}`)).toEqual(reversed.body);
    expect(await api.get(`/api/payments/${id}`)).toMatchObject({ refunded: '100.00', refundable: '0.00' });
    expect(refusal(await reverse(id))).toEqual([422, 'NOTHING_LEFT_TO_REVERSE']);
    expect(refusal(await reverse(transactionId))).toEqual([422, 'NOT_REVERSIBLE']);
  });

  it('takes back a deposit and a withdrawal, by the funding wallet', async () => {
    const { walletId, id } = await deposited('50');
    const withdrawn = await api.post(`/api/wallets/${walletId}/withdrawals`, { amount: '20', currency: 'EUR' });
    const back = await reverse(withdrawn.body.transactionId);
    expect(back.body).toMatchObject({
      ...{
        kind: 'REVERSAL',
        amount: '20.00',
        senderWalletId: withdrawn.body.receiverWalletId,
        receiverWalletId: walletId,
      },
    });
    expect(await steps.money(walletId)).toEqual(['50.00', '0.00', '50.00']);
    expect((await reverse(id)).body).toMatchObject({ kind: 'REVERSAL', amount: '50.00', senderWalletId: walletId });
    expect(await steps.money(walletId)).toEqual(['0.00', '0.00', '0.00']);
  });

  it('of a deposit that was spent is refused for want of money', async () => {
    const { walletId, id } = await deposited('50');
    await api.post('/api/payments', payment(walletId, await api.wallet(), '1'));
    expect(refusal(await reverse(id))).toEqual([422, 'INSUFFICIENT_FUNDS']);
  });

  it('goes through on SUSPENDED wallets, and not on CLOSED ones', async () => {
    const { payer, receiver, id } = await paid('10');
    for (const walletId of [payer, receiver]) await steps.setStatus(walletId, 'SUSPENDED');
    expect(refusal(await refund(id, { amount: '1' }))).toEqual([422, 'WALLET_NOT_ACTIVE']);
    expect((await reverse(id)).status).toBe(201);
    const closed = await paid('10');
    await steps.setStatus(closed.payer, 'CLOSED');
    expect(refusal(await reverse(closed.id))).toEqual([422, 'WALLET_NOT_ACTIVE']);
  });

  it('of what moved no money is NOT_REVERSIBLE', async () => {
    const { payer, receiver } = await paid('10');
    const holdId = await steps.hold(await api.funded('5'), receiver, '5');
    const failed = await api.post('/api/payments', payment(payer, receiver, '99'));
    for (const id of [holdId, failed.body.transactionId])
      expect(refusal(await reverse(id))).toEqual([422, 'NOT_REVERSIBLE']);
  });
});

it('ids that are nobody\u2019s are 404, and take no key', async () => {
  const { id } = await paid('10');
  const key = randomUUID();
  for (const unknown of [randomUUID(), await api.wallet()]) {
    expect(refusal(await refund(unknown, {}, key))).toEqual([404, 'PAYMENT_NOT_FOUND']);
    expect(refusal(await reverse(unknown, { reason: 'r' }, key))).toEqual([404, 'TRANSACTION_NOT_FOUND']);
  }
  expect((await refund(id, {}, key)).status).toBe(201);
});

it('the first answer is the answer to a key, by whoever owns the wallet', async () => {
  const { id } = await paid('10');
  const { id: other } = await paid('10');
  const asked = [
    { path: `/api/payments/${id}/refunds`, body: { reason: 'r "1"' }, key: randomUUID() },
    { path: `/api/payments/${id}/refunds`, body: { amount: '1' }, key: randomUUID() },
    { path: `/api/transactions/${other}/reversal`, body: { reason: 'x' }, key: randomUUID() },
  ];
  const askAll = async () => {
    const answers = [];
    for (const { path, body, key } of asked) {
      const answer = await api.post(path, body, key);
      answers.push([answer.status, { ...answer.body, traceId: '' }, answer.headers.get('idempotency-replayed')]);
    }
    return answers;
  };
  const first = await askAll();
  expect(first.map(([status]) => status)).toEqual([201, 422, 201]);
  const replays = first.map(([status, body]) => [status, body, 'true']);
  expect(await askAll()).toEqual(replays);
  await api.restartEngine();
  expect(await askAll()).toEqual(replays);
  const key = asked[0]?.key as string;
  for (const body of [{ reason: 'r' }, { reason: 'r "1"', amount: '10' }, {}]) {
    expect(refusal(await refund(id, body, key))).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  }
  for (const path of [`/api/payments/${id}/refunds`, `/api/transactions/${id}/reversal`]) {
    expect(refusal(await api.call('POST', path, { reason: 'r' }))).toEqual([400, 'IDEMPOTENCY_KEY_MISSING']);
  }
});
