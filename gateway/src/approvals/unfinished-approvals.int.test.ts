import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { MoneyOperations } from '../engine-client/money-operations.js';
import {
  ann,
  approve,
  asked,
  balanceOf,
  bearerOf,
  bob,
  closeApprovalStage,
  dev,
  engine,
  eve,
  expectCleanBooks,
  gateways,
  openApprovalStage,
  paid,
  pair,
  saying,
  service,
  sql,
  startNextEngine,
} from '../testing/approval-stage.js';
import { payment, type TestCaller } from '../testing/test-caller.js';
import type { ApprovalRow } from './approval-row.js';
import { ApprovedActs } from './approved-acts.js';
import { approvedCommand } from './approved-commands.js';

beforeAll(openApprovalStage);
afterAll(closeApprovalStage);

describe('what was approved and not done', () => {
  const approveOnly = async (id: string, hash: string) => {
    const claim = { note: null, hash, by: { bearer: bearerOf(bob), traceId: 't' } };
    expect(await gateways[0].acts.approvals.decide(id, true, claim)).toBe('DECIDED');
  };
  const leave = (id: string) =>
    sql(`UPDATE approvals SET claimed_until = clock_timestamp() WHERE approval_id = $1`, [id]);

  it('is done once by any gateway when the one that decided died before it did it', async () => {
    const { id, receiver, answer, ask } = await asked();
    await approveOnly(id, answer.body.payloadHash);
    // Its claim holds: nobody else is at it yet.
    await gateways[1].sweep.sweep();
    expect([await balanceOf(receiver), (await ask()).status]).toEqual(['0.00', 202]);
    await leave(id);
    await Promise.all(gateways.map(({ sweep }) => sweep.sweep()));
    expect([await balanceOf(receiver), (await ask()).status]).toEqual(['1000.00', 201]);
  });

  it('is not done again when the one that did it died before it wrote that down', async () => {
    const { payer, receiver, id: paidId } = await paid('1500.00');
    const key = randomUUID();
    const ask = () => ann.post(`/api/transactions/${paidId}/reversal`, { reason: 'twice' }, key);
    const { body } = await ask();
    await approve(bob, body.approvalId);
    await sql(`UPDATE approvals SET result = NULL, claimed_until = now() WHERE approval_id = $1`, [body.approvalId]);
    await engine.stop('SIGKILL');
    startNextEngine('engine-2');
    await Promise.all(gateways.map(({ sweep }) => sweep.sweep()));
    const row = await dev.get(`/api/approvals/${body.approvalId}`);
    expect(row).toMatchObject({ status: 'APPROVED', result: { transactionIds: [expect.any(String)] } });
    expect([await balanceOf(payer), await balanceOf(receiver)]).toEqual(['1500.00', '0.00']);
    const [reversed] = await sql(
      `SELECT caller, detail FROM audit_log WHERE subject = $1 AND action = 'TRANSACTION_REVERSED'`,
      [paidId],
    );
    const both = { approvalId: body.approvalId, decidedBy: `user:${bob.userId}` };
    expect(reversed).toMatchObject({ caller: `user:${ann.userId}`, detail: { reason: 'twice', after: both } });
    expect((await ask()).body).toMatchObject({ kind: 'REVERSAL', transactionId: row.result.transactionIds[0] });
  }, 30_000);

  it('is done when its engine comes back, and its asker waits so long', async () => {
    const { id, receiver, ask } = await asked();
    await engine.stop('SIGKILL');
    const approved = await approve(bob, id);
    expect([approved.status, approved.body]).toMatchObject([200, { status: 'APPROVED', result: null }]);
    expect((await ask()).status).toBe(202);
    startNextEngine('engine-3');
    await leave(id);
    await expect
      .poll(
        async () => {
          await leave(id);
          await gateways[1].sweep.sweep();
          return (await ask()).status;
        },
        { timeout: 20_000 },
      )
      .toBe(201);
    expect(await balanceOf(receiver)).toBe('1000.00');
  }, 40_000);

  it('is not done any more an hour later', async () => {
    const { id, receiver, answer, ask } = await asked();
    await approveOnly(id, answer.body.payloadHash);
    await sql(
      `UPDATE approvals SET decided_at = now() - interval '61 min', claimed_until = now() WHERE approval_id = $1`,
      [id],
    );
    await gateways[0].sweep.sweep();
    expect([saying(await ask()), await balanceOf(receiver)]).toEqual([[422, 'APPROVAL_STALE'], '0.00']);
  });
});

describe('what was told to be undone', () => {
  /** An attempt that was on its way all the while. */
  const late = async (id: string) => {
    const { acts } = gateways[0];
    const row = await acts.approvals.find(id);
    return acts.executeExpecting(approvedCommand(row as ApprovalRow, Date.now()));
  };

  it('is not done by a late attempt when the state is again as it was judged', async () => {
    const wallet = await dev.wallet();
    const set = (by: TestCaller, limits: object) =>
      by.call('PUT', `/api/wallets/${wallet}/limits`, limits, randomUUID());
    await set(ann, { perPayment: '500.00' });
    const { body } = await set(ann, { perPayment: '5000.00' });
    await set(eve, { perPayment: '400.00' });
    expect(saying(await approve(bob, body.approvalId))).toEqual([409, 'APPROVAL_STALE']);
    await set(eve, { perPayment: '500.00' });
    expect(await late(body.approvalId)).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await dev.get(`/api/wallets/${wallet}/limits`)).toMatchObject({ perPayment: '500.00' });
  });

  it('is not done by a late attempt when its wallet is made meanwhile, nor an hour later', async () => {
    const { payer } = await pair();
    const walletId = randomUUID();
    const { body } = await ann.post('/api/payments', payment(payer, walletId, '1000.00'));
    expect((await approve(bob, body.approvalId)).body.result).toMatchObject({ code: 'WALLET_NOT_FOUND' });
    await dev.call('POST', '/api/wallets', { walletId, currency: 'EUR', status: 'ACTIVE' });
    const { id, receiver, answer } = await asked();
    const claim = { note: null, hash: answer.body.payloadHash, by: { bearer: bearerOf(bob), traceId: 't' } };
    await gateways[0].acts.approvals.decide(id, true, claim);
    await sql(
      `UPDATE approvals SET decided_at = now() - interval '61 min', claimed_until = now() WHERE approval_id = $1`,
      [id],
    );
    await gateways[0].sweep.sweep();
    expect((await dev.get(`/api/approvals/${id}`)).status).toBe('STALE');
    for (const each of [body.approvalId, id]) {
      expect(await late(each)).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    }
    expect([await balanceOf(walletId), await balanceOf(receiver)]).toEqual(['0.00', '0.00']);
  });

  it('was done all the same when an attempt before it was: what that made is told, refusals too', async () => {
    const { payer: wallet, receiver } = await pair('1.00');
    const set = (limits: object, key: string) => ann.call('PUT', `/api/wallets/${wallet}/limits`, limits, key);
    const { acts, sweep } = gateways[0];
    const faulty = {
      execute: async () => ({ outcome: 'NOT_DONE', code: 'COMMAND_FAULT' }),
    } as unknown as MoneyOperations;
    const later = new ApprovedActs(acts.approvals, acts.engine, faulty, acts.database);
    const wanted = { creditLimit: '2000.00' };
    const { body: done } = await set(wanted, 'done');
    await approve(bob, done.approvalId);
    await sql('UPDATE approvals SET result = NULL, claimed_until = now() WHERE approval_id = $1', [done.approvalId]);
    expect(await later.run((await acts.approvals.find(done.approvalId)) as ApprovalRow, null)).toBe('OPEN');
    await sweep.sweep();
    expect((await dev.get(`/api/approvals/${done.approvalId}`)).result).toEqual({});
    expect((await set(wanted, 'done')).status).toBe(200);

    await service.post('/api/payments', payment(wallet, receiver, '900.00'));
    const refused = { creditLimit: '1.00', dailyOut: null };
    await set({ ...wanted, dailyOut: '500.00' }, 'lower');
    const { body: asked } = await set(refused, 'refused');
    expect((await approve(bob, asked.approvalId)).body.result).toMatchObject({ code: 'CREDIT_LIMIT_IN_USE' });
    await sql(
      `UPDATE approvals SET result = NULL, decided_at = now() - interval '61 min', claimed_until = now() WHERE approval_id = $1`,
      [asked.approvalId],
    );
    await sweep.sweep();
    expect(saying(await set(refused, 'refused'))).toEqual([422, 'CREDIT_LIMIT_IN_USE']);
  });

  it('is so at once where what was valid when it was asked for is not any more', async () => {
    const { payer, receiver } = await pair();
    const tenYearsMs = 3_660 * 86_400_000;
    const effectiveAt = new Date(Date.now() - tenYearsMs + 1_500).toISOString();
    const { body } = await ann.post('/api/payments', { ...payment(payer, receiver, '1000.00'), effectiveAt });
    await vi.waitUntil(() => Date.now() - Date.parse(effectiveAt) > tenYearsMs, { timeout: 3_000 });
    expect(saying(await approve(bob, body.approvalId))).toEqual([409, 'APPROVAL_STALE']);
  });
});

it('the books are clean after all that', expectCleanBooks, 30_000);
