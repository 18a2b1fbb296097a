import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ann,
  approve,
  balanceOf,
  bob,
  closeApprovalStage,
  dev,
  eve,
  expectCleanBooks,
  gateways,
  held,
  openApprovalStage,
  paid,
  pair,
  saying,
  service,
  sql,
} from '../testing/approval-stage.js';
import { payment, type TestCaller, testCaller } from '../testing/test-caller.js';

beforeAll(openApprovalStage);
afterAll(closeApprovalStage);

describe('bound to the state', () => {
  it('a reversal and a refund of what was refunded meanwhile are stale, and pay nothing back', async () => {
    for (const [path, body] of [
      ['/api/transactions/{}/reversal', { reason: 'twice' }],
      ['/api/payments/{}/refunds', { amount: '1200.00' }],
    ] as const) {
      const { id, payer } = await paid('1500.00');
      const ask = () => ann.post(path.replace('{}', id), body, `stale ${id}`.replace(' ', '-'));
      const { body: approval } = await ask();
      expect(approval.state).toEqual({ refunded: '0.00' });
      await service.post(`/api/payments/${id}/refunds`, { amount: '1.00' });
      expect(saying(await approve(bob, approval.approvalId))).toEqual([409, 'APPROVAL_STALE']);
      expect([saying(await ask()), await balanceOf(payer)]).toEqual([[422, 'APPROVAL_STALE'], '1.00']);
    }
  });

  it('a capture of a hold that was captured or given up meanwhile is stale', async () => {
    for (const path of ['capture', 'void']) {
      const { id, receiver } = await held('1500.00');
      const { body: approval } = await ann.post(`/api/holds/${id}/capture`, {});
      expect(approval).toMatchObject({ payload: { amount: '1500.00', final: false }, state: { remaining: '1500.00' } });
      await service.post(`/api/holds/${id}/${path}`, path === 'void' ? {} : { amount: '1.00' });
      expect(saying(await approve(bob, approval.approvalId))).toEqual([409, 'APPROVAL_STALE']);
      expect(await balanceOf(receiver)).toBe(path === 'void' ? '0.00' : '1.00');
    }
  });

  it('limits that were changed meanwhile are, and those that were not are changed as was shown', async () => {
    const wallet = await dev.wallet();
    const set = (by: TestCaller, limits: object, key: string = randomUUID()) =>
      by.call('PUT', `/api/wallets/${wallet}/limits`, limits, key);
    expect((await set(ann, { perPayment: '500.00', dailyOut: '2000.00' })).status).toBe(200);
    const stale = await set(ann, { perPayment: '5000.00' });
    expect(stale.body).toMatchObject({ action: 'LIMITS_CHANGE', state: { perPayment: '500.00', dailyOut: '2000.00' } });
    expect((await set(eve, { perPayment: '400.00', dailyOut: '2000.00' })).status).toBe(200);
    expect(saying(await approve(bob, stale.body.approvalId))).toEqual([409, 'APPROVAL_STALE']);
    const wanted = { creditLimit: '1000.00', perPayment: '400.00', dailyOut: null, dailyIn: null };
    const good = await set(ann, wanted, 'limits');
    expect((await approve(bob, good.body.approvalId)).body.status).toBe('APPROVED');
    expect(await dev.get(`/api/wallets/${wallet}/limits`)).toMatchObject(wanted);
    expect([(await set(ann, wanted, 'limits')).status, (await set(ann, wanted, 'limits')).body]).toMatchObject([
      200,
      wanted,
    ]);
    const [row] = await sql(
      `SELECT caller FROM audit_log WHERE subject = $1 AND action = 'LIMITS_CHANGED' ORDER BY audit_id DESC`,
      [wallet],
    );
    expect(row.caller).toBe(`user:${ann.userId}`);
  });
});

describe('the ways round', () => {
  it.each([
    ['a refund', 'refunds', { amount: '1000.00' }],
    ['a refund of all that is left', 'refunds', {}],
  ])('%s instead of a reversal waits like one', async (_, path, body) => {
    const { id } = await paid('1000.00');
    expect((await ann.post(`/api/payments/${id}/${path}`, body)).status).toBe(202);
  });

  it('a refund in pieces, and a reversal of the rest, count together', async () => {
    const { id } = await paid('1500.00');
    expect((await ann.post(`/api/payments/${id}/refunds`, { amount: '600.00' })).status).toBe(201);
    expect((await ann.post(`/api/payments/${id}/refunds`, { amount: '600.00' })).status).toBe(202);
    expect((await ann.post(`/api/transactions/${id}/reversal`, { reason: 'x' })).status).toBe(202);
  });

  it('a capture in pieces counts together, also when they are sent at once', async () => {
    const { id, receiver } = await held('1500.00');
    expect((await ann.post(`/api/holds/${id}/capture`, { amount: '600.00' })).status).toBe(201);
    expect((await ann.post(`/api/holds/${id}/capture`, { amount: '600.00' })).status).toBe(202);
    expect(await balanceOf(receiver)).toBe('600.00');
    const another = await held('1500.00');
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => ann.post(`/api/holds/${another.id}/capture`, { amount: '300.00' })),
    );
    // Three are 900: a fourth waits, whichever it is. One that met the others too often did nothing.
    const made = answers.filter(({ status }) => status === 201);
    expect(made.length).toBeLessThanOrEqual(3);
    expect(answers.every(({ status }) => [201, 202, 503].includes(status))).toBe(true);
    expect(await balanceOf(another.receiver)).toBe(`${made.length * 300}.00`);
  });

  it('a batch counts as its sum: atomic it waits, plain it is refused', async () => {
    const { payer, receiver } = await pair();
    const payments = Array.from({ length: 2 }, () => payment(payer, receiver, '500.00'));
    const key = randomUUID();
    const ask = () => ann.post('/api/payments/batch', { atomic: true, payments }, key);
    const { status, body } = await ask();
    expect([status, body]).toMatchObject([202, { action: 'PAYMENT_BATCH', payload: { payments } }]);
    const plain = { payments: payments.map((each) => ({ ...each, idempotencyKey: randomUUID() })) };
    const refused = await ann.call('POST', '/api/payments/batch', plain);
    expect([refused.status, refused.body.errors]).toMatchObject([400, [{ field: 'atomic', rule: 'NEEDS_APPROVAL' }]]);
    expect(await balanceOf(receiver)).toBe('0.00');
    expect((await approve(bob, body.approvalId)).body.result.transactionIds).toHaveLength(2);
    const done = await ask();
    expect([done.status, done.body.results.length, await balanceOf(receiver)]).toEqual([201, 2, '1000.00']);
    expect((await service.call('POST', '/api/payments/batch', plain)).status).toBe(200);
  });

  it.each([
    ['a hold', (p: string, r: string) => ['/api/holds', { walletId: p, receiverWalletId: r }]],
    ['a withdrawal', (p: string) => [`/api/wallets/${p}/withdrawals`, {}]],
    ['a deposit', (p: string) => [`/api/wallets/${p}/deposits`, {}]],
  ] as const)('%s waits, and is done as it was asked for', async (_, of) => {
    const { payer, receiver } = await pair();
    const [path, fields] = of(payer, receiver) as [string, object];
    const body = { ...fields, amount: '1000.00', currency: 'EUR', reference: 'r' };
    const key = randomUUID();
    const asked = await ann.post(path, body, key);
    expect(asked.status).toBe(202);
    await approve(bob, asked.body.approvalId);
    const done = await ann.post(path, body, key);
    expect([done.status, done.body]).toMatchObject([201, { amount: '1000.00', reference: 'r' }]);
  });

  it('a token with an operator\u2019s power and nobody behind it has to be a person; a service\u2019s payments are its business', async () => {
    const { payer, receiver } = await pair();
    const program = testCaller(() => gateways[0].url, 'program.x.operator');
    const { id } = await paid('1000.00');
    const asks = [
      program.post('/api/payments', payment(payer, receiver, '1000.00')),
      program.post(`/api/payments/${id}/refunds`, {}),
      program.post(`/api/transactions/${id}/reversal`, { reason: 'x' }),
      program.call('PUT', `/api/wallets/${payer}/limits`, { creditLimit: '1000.00' }, randomUUID()),
      program.post('/api/payments/batch', { atomic: true, payments: [payment(payer, receiver, '1000.00')] }),
      program.call('POST', '/api/payments/batch', {
        payments: [{ ...payment(payer, receiver, '1000.00'), idempotencyKey: 'k' }],
      }),
    ];
    for (const answer of await Promise.all(asks)) {
      expect([...saying(answer), answer.body.detail]).toEqual([403, 'FORBIDDEN', expect.stringContaining('sign in')]);
    }
    expect((await program.post('/api/payments', payment(payer, receiver, '999.99'))).status).toBe(201);
    expect((await service.post('/api/payments', payment(payer, receiver, '1000.00'))).status).toBe(201);
  });

  it('the development token needs nobody, which is written down', async () => {
    const { id } = await paid('1000.00');
    expect((await dev.post(`/api/transactions/${id}/reversal`, { reason: 'x' })).status).toBe(201);
    expect(
      await sql(
        `SELECT caller, detail->'withoutApproval' AS so FROM audit_log WHERE subject = $1 AND action = 'APPROVAL_SKIPPED'`,
        [id],
      ),
    ).toEqual([{ caller: 'dev', so: true }]);
  });
});

it('the books are clean after all that', expectCleanBooks, 30_000);
