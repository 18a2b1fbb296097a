import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdBody, holdSteps } from '../testing/hold-steps.js';
import { payment } from '../testing/test-caller.js';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.js';

let api: TestPlatform;
let steps: ReturnType<typeof holdSteps>;

beforeAll(async () => {
  api = await startTestPlatform();
  steps = holdSteps(api);
});
afterAll(() => api?.close());

const hold = (payer: string, receiver: string, amount: string, fields?: Record<string, unknown>) =>
  steps.hold(payer, receiver, amount, fields);
const refusal = (answer: { status: number; body: { code: string } }) => [answer.status, answer.body.code];

describe('a hold', () => {
  it('sets money apart, and is answered with all that there is to say of it', async () => {
    const [payer, receiver] = [await api.funded('100'), await api.wallet()];
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const fields = { reference: 'room 7', description: 'two nights', metadata: { b: 1, a: 'x' } };
    const made = await api.post('/api/holds', { ...holdBody(payer, receiver, '60.5'), expiresAt, ...fields });
    const { holdId, createdAt } = made.body;
    expect([made.status, made.headers.get('location')]).toEqual([201, `/api/holds/${holdId}`]);
    const expected = {
      ...{ holdId, walletId: payer, receiverWalletId: receiver, amount: '60.50', captured: '0.00', remaining: '60.50' },
      ...{ currency: 'EUR', status: 'OPEN', expiresAt, ...fields, createdAt, updatedAt: createdAt },
    };
    expect(made.body).toEqual(expected);
    expect(await api.get(`/api/holds/${holdId}`)).toEqual({ ...expected, captures: [] });
    expect(await steps.money(payer)).toEqual(['100.00', '60.50', '39.50']);
    expect(await steps.money(receiver)).toEqual(['0.00', '0.00', '0.00']);
    // What is set apart is not there for others.
    expect(refusal(await api.post('/api/payments', payment(payer, receiver, '39.51')))).toEqual([
      ...[422, 'INSUFFICIENT_FUNDS'],
    ]);
    const transaction = await api.get(`/api/transactions/${holdId}`);
    expect(transaction).toMatchObject({ kind: 'HOLD', status: 'SUCCESS', amount: '60.50', parentTransactionId: null });
    expect(await api.get(`/api/transactions/${holdId}/ledger`)).toEqual({ entries: [] });
  });

  it('lives for seven days when nobody says how long, and for 31 at most', async () => {
    const [payer, receiver] = [await api.funded('10'), await api.wallet()];
    const { createdAt, expiresAt } = (await api.post('/api/holds', holdBody(payer, receiver, '1'))).body;
    expect(Math.abs(Date.parse(expiresAt) - Date.parse(createdAt) - 7 * 86_400_000)).toBeLessThan(2_000);
    const at = (ms: number) => ({
      ...holdBody(payer, receiver, '1'),
      expiresAt: new Date(Date.now() + ms).toISOString(),
    });
    expect((await api.post('/api/holds', at(31 * 86_400_000 - 5_000))).status).toBe(201);
    for (const ms of [31 * 86_400_000 + 60_000, -1_000]) {
      const { status, body } = await api.post('/api/holds', at(ms));
      expect([status, body.errors]).toEqual([
        400,
        [{ field: 'expiresAt', rule: 'RANGE', message: 'must be ahead, by at most 31 days' }],
      ]);
    }
  });

  it('is captured in parts, and in the end whole', async () => {
    const [payer, receiver] = [await api.funded('100'), await api.wallet()];
    const holdId = await hold(payer, receiver, '100');
    const first = await steps.capture(holdId, { amount: '30' });
    const { transactionId } = first.body;
    expect([first.status, first.headers.get('location')]).toEqual([201, `/api/transactions/${transactionId}`]);
    expect(first.body).toMatchObject({
      ...{ kind: 'CAPTURE', status: 'SUCCESS', amount: '30.00', currency: 'EUR', parentTransactionId: holdId },
      ...{ senderWalletId: payer, receiverWalletId: receiver, released: '0.00', effectiveAt: null },
    });
    expect(await api.get(`/api/transactions/${transactionId}`)).toEqual(first.body);
    const second = await steps.capture(holdId, { amount: '40.00', final: false });
    const captures = [transactionId, second.body.transactionId];
    expect(await api.get(`/api/holds/${holdId}`)).toMatchObject({
      ...{ captured: '70.00', remaining: '30.00', status: 'OPEN', captures, updatedAt: second.body.createdAt },
    });
    expect(await steps.money(payer)).toEqual(['30.00', '30.00', '0.00']);
    const last = await steps.capture(holdId);
    expect(last.body).toMatchObject({ amount: '30.00', released: '0.00' });
    expect(await api.get(`/api/holds/${holdId}`)).toMatchObject({
      ...{
        captured: '100.00',
        remaining: '0.00',
        status: 'CAPTURED',
        captures: [...captures, last.body.transactionId],
      },
    });
    expect(await steps.money(payer)).toEqual(['0.00', '0.00', '0.00']);
    expect(await steps.money(receiver)).toEqual(['100.00', '0.00', '100.00']);
  });

  it('gives back with a final capture what that leaves', async () => {
    const [payer, receiver] = [await api.funded('100'), await api.wallet()];
    const holdId = await hold(payer, receiver, '100');
    const { body } = await steps.capture(holdId, { amount: '25', final: true });
    expect(body).toMatchObject({ kind: 'CAPTURE', amount: '25.00', released: '75.00' });
    expect(await api.get(`/api/holds/${holdId}`)).toMatchObject({
      ...{ status: 'CAPTURED', captured: '25.00', remaining: '0.00' },
    });
    expect(await steps.money(payer)).toEqual(['75.00', '0.00', '75.00']);
  });

  it('is given up, in full or what remains of it', async () => {
    const [payer, receiver] = [await api.funded('100'), await api.wallet()];
    const holdId = await hold(payer, receiver, '80');
    await steps.capture(holdId, { amount: '5' });
    const given = await steps.giveUp(holdId);
    const { transactionId } = given.body;
    expect([given.status, given.headers.get('location')]).toEqual([201, `/api/transactions/${transactionId}`]);
    expect(given.body).toMatchObject({
      ...{ kind: 'VOID', status: 'SUCCESS', amount: '75.00', parentTransactionId: holdId, released: null },
    });
    expect(await api.get(`/api/transactions/${transactionId}`)).toEqual(given.body);
    expect(await api.get(`/api/transactions/${transactionId}/ledger`)).toEqual({ entries: [] });
    expect(await api.get(`/api/holds/${holdId}`)).toMatchObject({
      ...{ status: 'VOIDED', captured: '5.00', remaining: '0.00' },
    });
    expect(await steps.money(payer)).toEqual(['95.00', '0.00', '95.00']);
  });

  it('needs both wallets ACTIVE to be made and captured, and none to be given up', async () => {
    const [payer, receiver] = [await api.funded('100'), await api.wallet()];
    const holdId = await hold(payer, receiver, '40');
    for (const suspended of [payer, receiver]) {
      await steps.setStatus(suspended, 'SUSPENDED');
      expect(refusal(await api.post('/api/holds', holdBody(payer, receiver, '1')))).toEqual([422, 'WALLET_NOT_ACTIVE']);
      expect(refusal(await steps.capture(holdId))).toEqual([422, 'WALLET_NOT_ACTIVE']);
      expect(await api.get(`/api/holds/${holdId}`)).toMatchObject({ status: 'OPEN', remaining: '40.00', captures: [] });
      await steps.setStatus(suspended, 'ACTIVE');
    }
    await steps.setStatus(payer, 'SUSPENDED');
    await steps.setStatus(receiver, 'SUSPENDED');
    expect((await steps.giveUp(holdId)).status).toBe(201);
    expect(await steps.money(payer)).toEqual(['100.00', '0.00', '100.00']);
  });

  it('keeps its payer from being closed', async () => {
    const [payer, receiver] = [await api.funded('10'), await api.wallet()];
    const holdId = await hold(payer, receiver, '10');
    expect(refusal(await steps.setStatus(payer, 'CLOSED'))).toEqual([409, 'WALLET_NOT_EMPTY']);
    await steps.capture(holdId);
    expect((await steps.setStatus(payer, 'CLOSED')).body.status).toBe('CLOSED');
  });

  it('whose receiver was closed meanwhile is not captured, and is given up', async () => {
    const [payer, receiver] = [await api.funded('10'), await api.wallet()];
    const holdId = await hold(payer, receiver, '10');
    await steps.setStatus(receiver, 'CLOSED');
    expect(refusal(await steps.capture(holdId))).toEqual([422, 'WALLET_NOT_ACTIVE']);
    expect((await steps.giveUp(holdId)).status).toBe(201);
  });
});

describe('a refusal', () => {
  it.each<[string, string, Record<string, unknown>, string]>([
    ['too little money', '50', {}, 'INSUFFICIENT_FUNDS'],
    ['another currency', '5', { currency: 'USD' }, 'CURRENCY_MISMATCH'],
  ])('of a hold is recorded, and answered again: %s', async (_, amount, fields, code) => {
    const [payer, receiver, key] = [await api.funded('10'), await api.wallet(), randomUUID()];
    const body = { ...holdBody(payer, receiver, amount), ...fields };
    const first = await api.post('/api/holds', body, key);
    expect(refusal(first)).toEqual([422, code]);
    const again = await api.post('/api/holds', body, key);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect({ ...again.body, traceId: '' }).toEqual({ ...first.body, traceId: '' });
    const { transactionId } = first.body;
    expect(await api.get(`/api/transactions/${transactionId}`)).toMatchObject({
      ...{ kind: 'HOLD', status: 'FAILED', failureCode: code, senderWalletId: payer, receiverWalletId: receiver },
    });
    expect(refusal(await api.call('GET', `/api/holds/${transactionId}`))).toEqual([404, 'HOLD_NOT_FOUND']);
    expect(await steps.money(payer)).toEqual(['10.00', '0.00', '10.00']);
  });

  it('of a capture leaves the hold as it is, in the order of the rules', async () => {
    const [payer, receiver] = [await api.funded('100'), await api.wallet()];
    const holdId = await hold(payer, receiver, '50');
    const before = await api.get(`/api/holds/${holdId}`);
    const key = randomUUID();
    const first = await steps.capture(holdId, { amount: '50.01', final: true }, key);
    expect(refusal(first)).toEqual([422, 'CAPTURE_EXCEEDS_HOLD']);
    expect(first.body.detail).toContain('50.00 EUR remains, 50.01');
    const again = await steps.capture(holdId, { amount: '50.01', final: true }, key);
    expect([again.headers.get('idempotency-replayed'), again.body.transactionId]).toEqual([
      ...['true', first.body.transactionId],
    ]);
    expect(await api.get(`/api/transactions/${first.body.transactionId}`)).toMatchObject({
      ...{ kind: 'CAPTURE', status: 'FAILED', amount: '50.01', parentTransactionId: holdId, released: null },
    });
    expect(await api.get(`/api/holds/${holdId}`)).toEqual(before);
    // More than remains is said before that a wallet is not active; that the hold is over before either.
    await steps.setStatus(receiver, 'SUSPENDED');
    expect(refusal(await steps.capture(holdId, { amount: '51' }))).toEqual([422, 'CAPTURE_EXCEEDS_HOLD']);
    await steps.giveUp(holdId);
    for (const answer of [await steps.capture(holdId, { amount: '51' }), await steps.giveUp(holdId)]) {
      expect(refusal(answer)).toEqual([422, 'HOLD_NOT_OPEN']);
    }
  });

  it('is the answer to the capture behind the hundredth', async () => {
    const [payer, receiver] = [await api.funded('100'), await api.wallet()];
    const holdId = await hold(payer, receiver, '100');
    const captured = await Promise.all(Array.from({ length: 101 }, () => steps.capture(holdId, { amount: '0.01' })));
    const codes = captured.map(({ status, body }) => (status === 201 ? 'CAPTURED' : body.code)).sort();
    expect(codes).toEqual([...Array(100).fill('CAPTURED'), 'TOO_MANY_CAPTURES']);
    expect((await api.get(`/api/holds/${holdId}`)).captures).toHaveLength(100);
    expect((await steps.giveUp(holdId)).body).toMatchObject({ amount: '99.00' });
  });
});

describe('an id that is no hold\u2019s', () => {
  it('is 404 whatever is asked, and takes no key', async () => {
    const [payer, receiver, key] = [await api.funded('10'), await api.wallet(), randomUUID()];
    const paid = (await api.post('/api/payments', payment(payer, receiver, '1'))).body.transactionId;
    const captured = (await steps.capture(await hold(payer, receiver, '1'))).body.transactionId;
    for (const id of [randomUUID(), paid, captured, payer]) {
      expect(refusal(await api.call('GET', `/api/holds/${id}`))).toEqual([404, 'HOLD_NOT_FOUND']);
      expect(refusal(await steps.capture(id, {}, key))).toEqual([404, 'HOLD_NOT_FOUND']);
      expect(refusal(await steps.giveUp(id, key))).toEqual([404, 'HOLD_NOT_FOUND']);
    }
    expect((await api.post('/api/holds', holdBody(payer, receiver, '1'), key)).status).toBe(201);
  });

  it('is 404 for a wallet that is not there, and for the platform\u2019s own', async () => {
    const payer = await api.funded('10');
    const [funding] = (await api.get('/api/wallets?kind=FUNDING&currency=EUR')).items;
    for (const unknown of [randomUUID(), funding.walletId]) {
      for (const body of [holdBody(payer, unknown, '1'), holdBody(unknown, payer, '1')]) {
        expect(refusal(await api.post('/api/holds', body))).toEqual([404, 'WALLET_NOT_FOUND']);
      }
    }
  });
});

describe('at once', () => {
  it('the same hold under one key is one hold, and so are its captures and its void', async () => {
    const [payer, receiver, key] = [await api.funded('100'), await api.wallet(), randomUUID()];
    const twenty = <T>(what: () => Promise<T>) => Promise.all(Array.from({ length: 20 }, what));
    const made = await twenty(() => api.post('/api/holds', holdBody(payer, receiver, '10'), key));
    expect(new Set(made.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const { holdId } = made[0]?.body ?? {};
    const captureKey = randomUUID();
    const captured = await twenty(() => steps.capture(holdId, { amount: '4' }, captureKey));
    expect(new Set(captured.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const voidKey = randomUUID();
    const given = await twenty(() => steps.giveUp(holdId, voidKey));
    expect(new Set(given.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(await steps.money(payer)).toEqual(['96.00', '0.00', '96.00']);
  });

  it('ten captures of 30 of a hold of 100 are three', async () => {
    const [payer, receiver] = [await api.funded('100'), await api.wallet()];
    const holdId = await hold(payer, receiver, '100');
    const answers = await Promise.all(Array.from({ length: 10 }, () => steps.capture(holdId, { amount: '30' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(3).fill(201), ...Array(7).fill(422)]);
    for (const { status, body } of answers) if (status === 422) expect(body.code).toBe('CAPTURE_EXCEEDS_HOLD');
    expect(await api.get(`/api/holds/${holdId}`)).toMatchObject({ captured: '90.00', remaining: '10.00' });
    expect(await steps.money(payer)).toEqual(['10.00', '10.00', '0.00']);
  });
});
