import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { MoneyOperations } from '../engine-client/money-operations.js';
import { type GatewayOfPeople, startGatewayOfPeople } from '../testing/gateway-of-people.js';
import { openScratch, type Program, type Scratch, startEngine } from '../testing/scratch.js';
import { type ApiAnswer, payment, type TestCaller, testCaller } from '../testing/test-caller.js';
import { people, type TestPerson } from '../testing/test-people.js';
import type { ApprovalRow } from './approval-row.js';
import { ApprovedActs } from './approved-acts.js';
import { approvedCommand } from './approved-commands.js';

let scratch: Scratch;
let engine: Program;
let gateways: [GatewayOfPeople, GatewayOfPeople];
let dev: TestCaller;
let service: TestCaller;
let person: ReturnType<typeof people>;
let ann: TestPerson;
let bob: TestPerson;
let eve: TestPerson;

beforeAll(async () => {
  scratch = await openScratch();
  engine = startEngine(scratch, 'engine-1');
  engine.process.stdout?.resume();
  gateways = [await startGatewayOfPeople(scratch), await startGatewayOfPeople(scratch)];
  dev = testCaller(() => gateways[0].url);
  service = testCaller(() => gateways[0].url, 'program.shop.service');
  person = people(scratch, () => gateways[0]);
  [ann, bob, eve] = [await person('operator'), await person('admin'), await person('operator')];
  await vi.waitUntil(openForAll, { timeout: 15_000 });
});
afterAll(async () => {
  for (const gateway of gateways ?? []) await gateway.close();
  await engine?.stop();
  await scratch?.database.drop();
});

const sql = async (text: string, values: unknown[] = []) => (await scratch.database.admin.query(text, values)).rows;
const openForAll = async () =>
  (
    await sql(
      'SELECT protocol >= 5 AND NOT EXISTS (SELECT FROM partitions WHERE worker_id IS NULL) AS is FROM least_protocol',
    )
  )[0].is;
const saying = ({ status, body }: ApiAnswer) => [status, body.code ?? body.status];
const approve = (by: TestCaller, id: string, note?: string) =>
  by.call('POST', `/api/approvals/${id}/approve`, { note });
const reject = (by: TestCaller, id: string, note = 'no') => by.call('POST', `/api/approvals/${id}/reject`, { note });
const balanceOf = async (walletId: string) => (await dev.get(`/api/wallets/${walletId}/balance`)).balance;

/** A payer with money and somebody who is paid. */
async function pair(amount = '5000.00') {
  return { payer: await dev.funded(amount), receiver: await dev.wallet() };
}

async function paid(amount: string) {
  const { payer, receiver } = await pair(amount);
  const { body } = await service.post('/api/payments', payment(payer, receiver, amount));
  return { payer, receiver, id: body.transactionId as string };
}

async function held(amount: string) {
  const { payer: walletId, receiver: receiverWalletId } = await pair(amount);
  const { body } = await service.post('/api/holds', { walletId, receiverWalletId, amount, currency: 'EUR' });
  return { payer: walletId, receiver: receiverWalletId, id: body.holdId as string };
}

/** Asked for by Ann. */
async function asked(amount = '1000.00') {
  const { payer, receiver } = await pair();
  const key = randomUUID();
  const ask = () => ann.post('/api/payments', payment(payer, receiver, amount), key);
  const answer = await ask();
  expect(answer.status, answer.text).toBe(202);
  return { payer, receiver, key, ask, id: answer.body.approvalId as string, answer };
}

describe('a payment that a person asks for', () => {
  it('is made at once below the threshold, and from it on waits for another person, and is made once', async () => {
    const { payer, receiver } = await pair();
    expect((await ann.post('/api/payments', payment(payer, receiver, '999.99'))).status).toBe(201);
    const body = {
      ...payment(payer, receiver, '1000.00'),
      reference: 'invoice 7',
      description: 'rent',
      metadata: { b: 1, a: '2' },
    };
    const key = randomUUID();
    const asked = await ann.post('/api/payments', body, key);
    const { approvalId: id } = asked.body;
    expect([asked.status, asked.headers.get('location')]).toEqual([202, `/api/approvals/${id}`]);
    expect(asked.body).toMatchObject({
      ...{ action: 'PAYMENT', subject: payer, status: 'PENDING', requestedBy: `user:${ann.userId}`, reason: 'rent' },
      ...{ payload: { ...body, metadata: { a: '2', b: 1 } }, state: {}, result: null, decidedBy: null },
    });
    expect(Date.parse(asked.body.expiresAt) - Date.parse(asked.body.requestedAt)).toBe(86_400_000);
    expect(await balanceOf(receiver)).toBe('999.99');
    const again = await ann.post('/api/payments', body, key);
    expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([202, asked.body, 'true']);
    expect(saying(await ann.post('/api/payments', { ...body, amount: '1000.01' }, key))).toEqual([
      422,
      'IDEMPOTENCY_KEY_REUSED',
    ]);
    expect(saying(await ann.post('/api/payments', { ...body, amount: '1.00' }, key))).toEqual([
      422,
      'IDEMPOTENCY_KEY_REUSED',
    ]);
    expect((await ann.get(`/api/payments?idempotencyKey=${key}`)).items).toEqual([]);

    const approved = await approve(bob, id, 'fine');
    expect([approved.status, approved.body]).toMatchObject([
      200,
      {
        status: 'APPROVED',
        decidedBy: `user:${bob.userId}`,
        note: 'fine',
        result: { transactionIds: [expect.any(String)] },
      },
    ]);
    const done = await ann.post('/api/payments', body, key);
    expect([done.status, done.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(done.body).toMatchObject({ ...body, kind: 'PAYMENT', status: 'SUCCESS', metadata: { a: '2', b: 1 } });
    expect(approved.body.result.transactionIds).toEqual([done.body.transactionId]);
    expect(await dev.get(`/api/transactions/${done.body.transactionId}`)).toEqual(done.body);
    expect((await ann.get(`/api/payments?idempotencyKey=${key}`)).items).toEqual([done.body]);
    expect((await ann.get(`/api/transactions?idempotencyKey=${key}`)).items).toEqual([done.body]);
    expect([(await approve(bob, id)).body, await balanceOf(receiver)]).toEqual([approved.body, '1999.99']);
    expect(await ann.get(`/api/approvals/${id}`)).toEqual(approved.body);
  });

  it('is told as it would have been when it is refused once it is approved', async () => {
    const { payer, receiver } = await pair('10.00');
    const key = randomUUID();
    const ask = () => ann.post('/api/payments', payment(payer, receiver, '2000.00'), key);
    const { body } = await ask();
    expect((await approve(bob, body.approvalId)).body.result).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
    const refused = await ask();
    expect(saying(refused)).toEqual([422, 'INSUFFICIENT_FUNDS']);
    expect(await dev.get(`/api/transactions/${refused.body.transactionId}`)).toMatchObject({ status: 'FAILED' });
    const unknown = await ann.post('/api/payments', payment(payer, randomUUID(), '2000.00'), 'no-such-wallet');
    await approve(bob, unknown.body.approvalId);
    const again = await ann.post('/api/payments', unknown.body.payload, 'no-such-wallet');
    expect(saying(again)).toEqual([404, 'WALLET_NOT_FOUND']);
  });

  it('replays a payment that was made with its key before, and makes no approval of it', async () => {
    const { payer, receiver } = await pair();
    const key = randomUUID();
    const small = await ann.post('/api/payments', payment(payer, receiver, '1.00'), key);
    const again = await ann.post('/api/payments', payment(payer, receiver, '1.00'), key);
    expect([again.status, again.body]).toEqual([201, small.body]);
    expect(saying(await ann.post('/api/payments', payment(payer, receiver, '1000.00'), key))).toEqual([
      422,
      'IDEMPOTENCY_KEY_REUSED',
    ]);
  });

  it('is rejected with a reason, once and for all', async () => {
    const { id, ask, receiver } = await asked();
    expect((await reject(bob, id, '')).status).toBe(400);
    const rejected = await reject(bob, id, 'who is that?');
    expect([rejected.status, rejected.body]).toMatchObject([200, { status: 'REJECTED', note: 'who is that?' }]);
    expect((await reject(bob, id, 'who is that?')).body).toEqual(rejected.body);
    expect([saying(await approve(eve, id)), saying(await approve(bob, id))]).toEqual(
      Array(2).fill([409, 'APPROVAL_DECIDED']),
    );
    const after = await ask();
    expect([...saying(after), after.body.detail]).toEqual([
      422,
      'APPROVAL_REJECTED',
      expect.stringContaining('who is that?'),
    ]);
    expect(await balanceOf(receiver)).toBe('0.00');
  });

  it('that nobody decided in time never is: who decides then hears 409, who asked 422', async () => {
    const [late, swept] = [await asked(), await asked()];
    await sql(`UPDATE approvals SET expires_at = clock_timestamp() WHERE approval_id = ANY ($1)`, [
      [late.id, swept.id],
    ]);
    expect(saying(await late.ask())).toEqual([422, 'APPROVAL_EXPIRED']);
    expect(saying(await approve(bob, late.id))).toEqual([409, 'APPROVAL_EXPIRED']);
    expect(saying(await approve(bob, late.id))).toEqual([409, 'APPROVAL_DECIDED']);
    await gateways[1].sweep.sweep();
    expect((await dev.get(`/api/approvals/${swept.id}`)).status).toBe('EXPIRED');
    expect(await sql(`SELECT action FROM audit_log WHERE subject = $1 ORDER BY audit_id`, [swept.id])).toEqual([
      { action: 'APPROVAL_REQUESTED' },
      { action: 'APPROVAL_EXPIRED' },
    ]);
    expect(saying(await swept.ask())).toEqual([422, 'APPROVAL_EXPIRED']);
  });

  it('is written down with both people, in the commits of what they did', async () => {
    const { id } = await asked();
    await approve(bob, id, 'seen');
    const rows = await sql(`SELECT caller, action, detail FROM audit_log WHERE subject = $1 ORDER BY audit_id`, [id]);
    expect(rows).toMatchObject([
      { caller: `user:${ann.userId}`, action: 'APPROVAL_REQUESTED' },
      {
        ...{ caller: `user:${bob.userId}`, action: 'APPROVAL_APPROVED' },
        detail: { after: { requestedBy: `user:${ann.userId}`, decidedBy: `user:${bob.userId}` }, reason: 'seen' },
      },
    ]);
  });
});

describe('who may decide', () => {
  it('is neither who asked, nor a second account of the same person, nor somebody without the role, nor a token with nobody behind it', async () => {
    const [tag, same] = [randomUUID(), `${randomUUID()}@example.com`];
    const [one, second] = [await person('operator', same), await person('admin', same.replace('@', `+${tag}@`))];
    const { payer, receiver } = await pair();
    const { body } = await one.post('/api/payments', payment(payer, receiver, '1000.00'));
    const id = body.approvalId;
    expect([saying(await approve(one, id)), saying(await reject(one, id))]).toEqual(
      Array(2).fill([403, 'SELF_APPROVAL']),
    );
    expect(saying(await approve(second, id))).toEqual([403, 'SELF_APPROVAL']);
    const viewer = await person('viewer');
    expect(saying(await approve(viewer, id))).toEqual([403, 'FORBIDDEN']);
    for (const token of ['program.x.operator', 'program.x.admin', undefined]) {
      expect(
        saying(
          await approve(
            testCaller(() => gateways[0].url, token),
            id,
          ),
        ),
      ).toEqual([403, 'FORBIDDEN']);
    }
    // Its token says operator yet; the table does not.
    const lowered = await person('operator');
    await sql(`UPDATE ops_users SET role = 'viewer' WHERE user_id = $1`, [lowered.userId]);
    expect(saying(await approve(lowered, id))).toEqual([403, 'FORBIDDEN']);
    const disabled = await person('operator');
    await sql(`UPDATE ops_users SET disabled_at = clock_timestamp() WHERE user_id = $1`, [disabled.userId]);
    expect(saying(await approve(disabled, id))).toEqual([403, 'FORBIDDEN']);
    expect((await viewer.get(`/api/approvals/${id}`)).status).toBe('PENDING');
    expect(saying(await approve(bob, randomUUID()))).toEqual([404, 'APPROVAL_NOT_FOUND']);
    expect((await approve(bob, id)).status).toBe(200);
  });

  it('hears that it is stale when who asked was disabled or lowered meanwhile', async () => {
    for (const change of [`disabled_at = clock_timestamp()`, `role = 'viewer'`]) {
      const asker = await person('operator');
      const { payer, receiver } = await pair();
      const { body } = await asker.post('/api/payments', payment(payer, receiver, '1000.00'), 'key');
      await sql(`UPDATE ops_users SET ${change} WHERE user_id = $1`, [asker.userId]);
      expect(saying(await approve(bob, body.approvalId))).toEqual([409, 'APPROVAL_STALE']);
      expect(saying(await asker.post('/api/payments', payment(payer, receiver, '1000.00'), 'key'))).toEqual([
        422,
        'APPROVAL_STALE',
      ]);
      expect(saying(await asker.post('/api/payments', payment(payer, receiver, '2000.00')))).toEqual([
        403,
        'FORBIDDEN',
      ]);
      expect(await balanceOf(receiver)).toBe('0.00');
    }
  });

  it('hears so when somebody changed the payload in the database', async () => {
    const { id, ask, receiver } = await asked();
    await sql(`UPDATE approvals SET payload = payload || '{"amount": "4000.00"}' WHERE approval_id = $1`, [id]);
    expect(saying(await approve(bob, id))).toEqual([409, 'APPROVAL_STALE']);
    expect([saying(await ask()), await balanceOf(receiver)]).toEqual([[422, 'APPROVAL_STALE'], '0.00']);
    const later = await asked();
    const claim = { note: null, hash: later.answer.body.payloadHash, by: { bearer: bearerOf(bob), traceId: 't' } };
    expect(await gateways[0].acts.approvals.decide(later.id, true, claim)).toBe('DECIDED');
    await sql(
      `UPDATE approvals SET payload = payload || '{"amount": "4000.00"}', claimed_until = now() WHERE approval_id = $1`,
      [later.id],
    );
    await gateways[1].sweep.sweep();
    expect([saying(await later.ask()), await balanceOf(later.receiver)]).toEqual([[422, 'APPROVAL_STALE'], '0.00']);
  });
});

function bearerOf({ userId }: TestPerson) {
  return { subject: `user:${userId}`, userId, roles: ['admin' as const], scope: null, endsAtMs: Infinity };
}

describe('at once', () => {
  it('two people approve at two gateways: it is done once, and one of them has decided', async () => {
    const others = { bob: { ...bob, ...testCaller(() => gateways[1].url, `person.${bob.userId}.admin`) }, eve };
    for (let round = 0; round < 50; round++) {
      const { id, receiver, payer } = await asked();
      const answers = await Promise.all([approve(others.bob, id), approve(others.eve, id)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect([await balanceOf(receiver), await balanceOf(payer)]).toEqual(['1000.00', '4000.00']);
    }
  }, 60_000);

  it('one approves and one rejects: one decision, and the money follows it', async () => {
    const there = testCaller(() => gateways[1].url, `person.${bob.userId}.admin`);
    for (let round = 0; round < 20; round++) {
      const { id, receiver } = await asked();
      const [yes, no] = await Promise.all(
        round % 2 ? [approve(eve, id), reject(there, id)] : [approve(there, id), reject(eve, id)],
      );
      expect([yes.status, no.status].sort()).toEqual([200, 409]);
      expect(await balanceOf(receiver)).toBe(yes.status === 200 ? '1000.00' : '0.00');
    }
  }, 60_000);

  it('the same key is asked with above and below the threshold: one of them has it', async () => {
    for (let round = 0; round < 10; round++) {
      const { payer, receiver } = await pair();
      const key = randomUUID();
      const answers = await Promise.all(
        ['1500.00', '1.00', '1500.00'].map((amount) =>
          ann.post('/api/payments', payment(payer, receiver, amount), key),
        ),
      );
      const statuses = answers.map(({ status }) => status);
      expect([
        [202, 422, 202],
        [422, 201, 422],
      ]).toContainEqual(statuses);
      expect(await balanceOf(receiver)).toBe(statuses[1] === 201 ? '1.00' : '0.00');
    }
  });

  it('it is approved the moment its time is over: one decision', async () => {
    for (let round = 0; round < 10; round++) {
      const { id, receiver } = await asked();
      await sql(`UPDATE approvals SET expires_at = clock_timestamp() + interval '8 ms' WHERE approval_id = $1`, [id]);
      const [yes] = await Promise.all([approve(bob, id), gateways[1].sweep.sweep()]);
      const { status } = await dev.get(`/api/approvals/${id}`);
      expect([
        [200, 'APPROVED', '1000.00'],
        [409, 'EXPIRED', '0.00'],
      ]).toContainEqual([yes.status, status, await balanceOf(receiver)]);
    }
  });
});

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
    engine = startEngine(scratch, 'engine-2');
    engine.process.stdout?.resume();
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
    engine = startEngine(scratch, 'engine-3');
    engine.process.stdout?.resume();
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

describe('the list', () => {
  it('has every approval once, newest first, page by page, and by status', async () => {
    const made = [await asked(), await asked(), await asked()].map(({ id }) => id);
    const pages = await ann.pages('/api/approvals?limit=2&status=PENDING');
    const ids = pages.flat().map((each) => (each as { approvalId: string }).approvalId);
    expect(ids.slice(0, 3)).toEqual(made.toReversed());
    expect(new Set(ids).size).toBe(ids.length);
    expect(pages.flat().every((each) => (each as { status: string }).status === 'PENDING')).toBe(true);
  });

  it('has a page end early where payloads are large', async () => {
    const { payer, receiver } = await pair();
    const metadata = { text: 'x'.repeat(8_000) };
    const payments = Array.from({ length: 28 }, () => ({ ...payment(payer, receiver, '100.00'), metadata }));
    const asker = await person('operator');
    for (let i = 0; i < 12; i++)
      expect((await asker.post('/api/payments/batch', { atomic: true, payments })).status).toBe(202);
    const { items, nextCursor } = await ann.get('/api/approvals?limit=12');
    expect([items.length, nextCursor]).toEqual([10, expect.any(String)]);
    const over = [...payments, ...payments];
    expect(saying(await asker.post('/api/payments/batch', { atomic: true, payments: over }))).toEqual([
      413,
      'PAYLOAD_TOO_LARGE',
    ]);
  });

  it('bounds how many wait of one person', async () => {
    const asker = await person('operator');
    await sql(
      `INSERT INTO approvals (approval_id, action, subject, payload, state, payload_hash, payload_bytes, key_digest, request_hash,
         requested_by, requested_user_id, asker_roles, requested_at, expires_at)
       SELECT gen_random_uuid(), 'PAYMENT', 'x', '{}', '{}', repeat('0', 64), 2, gen_random_uuid(), gen_random_uuid(), 'x', $1,
              '{operator}', now(), now() + interval '1 h' FROM generate_series(1, 100)`,
      [asker.userId],
    );
    const { payer, receiver } = await pair();
    const full = await asker.post('/api/payments', payment(payer, receiver, '1000.00'), 'full');
    expect(saying(full)).toEqual([409, 'TOO_MANY_APPROVALS']);
    await sql(`DELETE FROM approvals WHERE requested_user_id = $1`, [asker.userId]);
    expect((await asker.post('/api/payments', payment(payer, receiver, '1000.00'), 'full')).status).toBe(202);
  });
});

it('the books are clean after all that', async () => {
  const program = fileURLToPath(new URL('../../../loadtest/dist/audit/main.js', import.meta.url));
  const options = { env: { ...process.env, AUDIT_DATABASE_URL: scratch.database.url } };
  const { stdout } = await promisify(execFile)(process.execPath, [program], options).catch((error) => error);
  expect(stdout).toContain('the books balance');
}, 30_000);
