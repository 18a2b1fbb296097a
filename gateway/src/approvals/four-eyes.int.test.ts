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

describe('a wallet that reconciliation suspended', () => {
  /** As the workers do where policy says so. */
  async function suspendedFor(walletId: string, ...findings: string[]): Promise<void> {
    for (const findingId of findings) {
      await sql(
        `WITH found AS (
           INSERT INTO reconciliation_findings (finding_id, check_name, wallet_id, what, break_digest, first_run_no, last_run_no)
           VALUES ($1, 'BALANCE', $2, 'balance', sha256($3::bytea), 1, 1))
         INSERT INTO reconciliation_suspensions (finding_id, wallet_id) VALUES ($1, $2)`,
        [findingId, walletId, findingId],
      );
    }
    await dev.call('PATCH', `/api/wallets/${walletId}/status`, { status: 'SUSPENDED', reason: 'reconciliation' });
    await sql(
      `UPDATE reconciliation_suspensions SET status = 'DONE', suspended_at = clock_timestamp() WHERE wallet_id = $1`,
      [walletId],
    );
  }
  const set = (by: TestCaller, walletId: string, status = 'ACTIVE', key?: string) =>
    by.call('PATCH', `/api/wallets/${walletId}/status`, { status, reason: 'looked into' }, key);
  const statusOf = async (walletId: string) => (await dev.get(`/api/wallets/${walletId}`)).status;
  const auditOf = (subject: string) =>
    sql(`SELECT caller, action, detail->>'to' AS to FROM audit_log WHERE subject = $1 ORDER BY audit_id DESC`, [
      subject,
    ]);

  it('is activated by two people, whatever the threshold is, and by one again once that is over', async () => {
    const wallet = await dev.wallet();
    const findings = [randomUUID(), randomUUID()].sort();
    await suspendedFor(wallet, ...findings);
    const asked = await set(ann, wallet);
    const key = asked.headers.get('idempotency-key') as string;
    expect([asked.status, asked.body]).toMatchObject([
      202,
      {
        ...{ action: 'STATUS_CHANGE', subject: wallet, reason: 'looked into' },
        ...{ payload: { walletId: wallet, status: 'ACTIVE', reason: 'looked into' } },
        state: { status: 'SUSPENDED', statusChangeId: expect.any(String), findings },
      },
    ]);
    const { approvalId } = asked.body;
    expect([await statusOf(wallet), saying(await approve(ann, approvalId))]).toEqual([
      'SUSPENDED',
      [403, 'SELF_APPROVAL'],
    ]);
    expect((await approve(bob, approvalId)).body).toMatchObject({ status: 'APPROVED', result: {} });
    const done = await set(ann, wallet, 'ACTIVE', key);
    expect([done.status, done.body.status, done.headers.get('idempotency-replayed')]).toEqual([200, 'ACTIVE', 'true']);
    expect(await auditOf(wallet)).toMatchObject([
      { caller: `user:${ann.userId}`, action: 'WALLET_STATUS_CHANGED', to: 'ACTIVE' },
      { caller: 'dev', action: 'WALLET_STATUS_CHANGED', to: 'SUSPENDED' },
    ]);
    expect((await auditOf(approvalId)).map(({ action }) => action)).toEqual([
      'APPROVAL_APPROVED',
      'APPROVAL_REQUESTED',
    ]);
    // What somebody suspends later is nothing of it.
    expect((await set(eve, wallet, 'SUSPENDED')).status).toBe(200);
    expect((await set(eve, wallet)).status).toBe(200);
  });

  it('is not activated by an approval of before it was suspended once more', async () => {
    const wallet = await dev.wallet();
    await suspendedFor(wallet, randomUUID());
    const [first, second] = [await set(ann, wallet), await set(eve, wallet)];
    expect((await approve(bob, first.body.approvalId)).status).toBe(200);
    await suspendedFor(wallet, randomUUID());
    expect(saying(await approve(bob, second.body.approvalId))).toEqual([409, 'APPROVAL_STALE']);
    expect(await statusOf(wallet)).toBe('SUSPENDED');
    const key = second.headers.get('idempotency-key') as string;
    expect(saying(await set(eve, wallet, 'ACTIVE', key))).toEqual([422, 'APPROVAL_STALE']);
  });

  it('is activated once by an approval that is done again, for its answer was lost', async () => {
    const wallet = await dev.wallet();
    await suspendedFor(wallet, randomUUID());
    const { approvalId } = (await set(ann, wallet)).body;
    await approve(bob, approvalId);
    await sql(
      `UPDATE approvals SET result = NULL, claimed_until = clock_timestamp() - interval '1 s' WHERE approval_id = $1`,
      [approvalId],
    );
    await set(eve, wallet, 'SUSPENDED');
    await gateways[1].sweep.sweep();
    expect(await dev.get(`/api/approvals/${approvalId}`)).toMatchObject({ status: 'APPROVED', result: {} });
    expect(await statusOf(wallet)).toBe('SUSPENDED');
  });

  it('stays so for a token with nobody behind it, and the development token leaves a line that it asked nobody', async () => {
    const wallet = await dev.wallet();
    await suspendedFor(wallet, randomUUID());
    const nobody = testCaller(() => gateways[0].url, 'program.night.operator');
    expect(saying(await set(nobody, wallet))).toEqual([403, 'FORBIDDEN']);
    expect((await set(dev, wallet)).body.status).toBe('ACTIVE');
    expect(await auditOf(wallet)).toEqual(
      expect.arrayContaining([expect.objectContaining({ action: 'APPROVAL_SKIPPED' })]),
    );
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
