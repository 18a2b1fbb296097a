import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ann,
  approve,
  asked,
  balanceOf,
  bearerOf,
  bob,
  closeApprovalStage,
  dev,
  eve,
  expectCleanBooks,
  gateways,
  openApprovalStage,
  pair,
  person,
  reject,
  saying,
  sql,
} from '../testing/approval-stage.js';
import { payment, testCaller } from '../testing/test-caller.js';

beforeAll(openApprovalStage);
afterAll(closeApprovalStage);

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

it('the books are clean after all that', expectCleanBooks, 30_000);
