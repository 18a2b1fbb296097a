import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  answerField,
  answerSlot,
  answerSlotPrefix,
  answerValueBytes,
  type CachedAnswer,
  writeCachedAnswer,
} from '@smart-wallet/engine/contract/cached-answer.js';
import { keyDigest } from '@smart-wallet/engine/contract/digest.js';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayToken, openScratch, type Program, type Scratch, startEngine, startGateway } from './testing/scratch.js';
import { payment, testCaller } from './testing/test-caller.js';

// The gateway as a program, before a real engine, Postgres, Redis and NATS.

let scratch: Scratch;
let engine: Program;
let gateway: Program & { url: string };

beforeAll(async () => {
  scratch = await openScratch();
  engine = startEngine(scratch, 'engine-1');
  engine.process.stdout?.resume();
  gateway = await startGateway(scratch, async (url) => (await fetch(`${url}/health/ready`)).status === 200);
});
afterAll(async () => {
  await gateway?.stop();
  await engine?.stop();
  await scratch?.database.drop();
});

const { call, wallet, funded } = testCaller(() => gateway.url);

/** An answer that the ledger has nothing of. */
const lost = {
  kind: 'TRANSACTION',
  outcomeId: '01a204c4-5be4-733a-8403-d060098f0282',
  status: 'SUCCESS',
  answeredAtMs: Date.now(),
} as const;

/** Writes to Redis what an engine would have. */
async function remember(digestHex: string, answer: CachedAnswer): Promise<void> {
  const digest = Buffer.from(digestHex, 'hex');
  const value = Buffer.alloc(answerValueBytes);
  writeCachedAnswer(value, 0, answer);
  const redis = new Redis(scratch.redisUrl);
  await redis.hset(`${answerSlotPrefix(scratch.namespace)}${answerSlot(digest)}`, answerField(digest), value);
  await redis.quit();
}

describe('wallets', () => {
  it('are created once an id, whoever asks again', async () => {
    const body = { walletId: randomUUID().toUpperCase(), currency: 'JPY', metadata: { b: [1], a: 'x' } };
    const first = await call('POST', '/api/wallets', body);
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      walletId: body.walletId.toLowerCase(),
      status: 'CREATED',
      balance: '0',
      available: '0',
      userId: null,
    });
    const again = await call('POST', '/api/wallets', { ...body, metadata: { a: 'x', b: [1] } });
    expect([again.status, again.text]).toEqual([200, first.text]);
    const other = await call('POST', '/api/wallets', { ...body, currency: 'EUR' });
    expect([other.status, other.body.code]).toEqual([409, 'WALLET_EXISTS']);
  });

  it('are created once a key, whoever asks again, and at once', async () => {
    const key = randomUUID();
    const body = { currency: 'EUR', metadata: { name: 'twice' } };
    const [first, ...others] = await Promise.all(
      Array.from({ length: 5 }, () => call('POST', '/api/wallets', body, key)),
    );
    for (const other of others) expect([other.status, other.text]).toEqual([201, first?.text]);
    const again = await call('POST', '/api/wallets', body, key);
    expect([again.status, again.text, again.headers.get('idempotency-replayed')]).toEqual([201, first?.text, 'true']);
    const other = await call('POST', '/api/wallets', { ...body, currency: 'USD' }, key);
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    const named = await call('POST', '/api/wallets', { ...body, walletId: randomUUID() }, key);
    expect([named.status, named.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('that were there already are answered 200 under a key, also when it is asked again', async () => {
    const [key, otherKey] = [randomUUID(), randomUUID()];
    const body = { walletId: randomUUID(), currency: 'EUR' };
    const make = async (under: string) => {
      const { status, headers } = await call('POST', '/api/wallets', body, under);
      return [status, headers.get('idempotency-replayed')];
    };
    expect(await make(key)).toEqual([201, null]);
    expect(await make(otherKey)).toEqual([200, null]);
    expect(await make(otherKey)).toEqual([200, 'true']);
    expect(await make(key)).toEqual([201, 'true']);
    const other = await call('POST', '/api/wallets', { ...body, currency: 'USD' }, otherKey);
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('and payments share one space of keys', async () => {
    const [sender, receiver, key] = [await funded('10.00'), await wallet(), randomUUID()];
    expect((await call('POST', '/api/wallets', { currency: 'EUR' }, key)).status).toBe(201);
    const paid = await call('POST', '/api/payments', payment(sender, receiver, '1.00'), key);
    expect([paid.status, paid.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('do not change their status twice for one key, whatever happened meanwhile', async () => {
    const [walletId, key] = [await wallet(), randomUUID()];
    const change = (status: string, idempotencyKey?: string) =>
      call('PATCH', `/api/wallets/${walletId}/status`, { status }, idempotencyKey);
    await change('SUSPENDED');
    expect((await change('ACTIVE', key)).body.status).toBe('ACTIVE');
    await change('SUSPENDED');
    const again = await change('ACTIVE', key);
    expect([again.status, again.body.status, again.headers.get('idempotency-replayed')]).toEqual([
      ...[200, 'SUSPENDED', 'true'],
    ]);
    expect((await change('CLOSED', key)).body.code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('change their status through the engine', async () => {
    const walletId = await wallet({ status: 'CREATED' });
    const change = (status: string) => call('PATCH', `/api/wallets/${walletId}/status`, { status, reason: 'test' });
    expect((await change('ACTIVE')).body).toMatchObject({ walletId, status: 'ACTIVE' });
    expect((await change('CREATED')).body.code).toBe('ILLEGAL_STATUS_CHANGE');
    expect((await change('CLOSED')).body.status).toBe('CLOSED');
    const unknown = await call('PATCH', `/api/wallets/${randomUUID()}/status`, { status: 'ACTIVE' });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'WALLET_NOT_FOUND']);
  });

  it('with money are not closed', async () => {
    const closed = await call('PATCH', `/api/wallets/${await funded('1')}/status`, { status: 'CLOSED' });
    expect([closed.status, closed.body.code]).toEqual([409, 'WALLET_NOT_EMPTY']);
  });

  it('are listed page by page, newest first, without the funding wallets', async () => {
    const userId = randomUUID();
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.unshift(await wallet({ userId, currency: i === 0 ? 'USD' : 'EUR' }));
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await call('GET', `/api/wallets?userId=${userId}&limit=2${cursor}`);
      seen.push(...body.items.map((item: { walletId: string }) => item.walletId));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(seen).toEqual(made);
    expect((await call('GET', `/api/wallets?userId=${userId}&currency=USD&status=ACTIVE`)).body.items).toHaveLength(1);
    const kinds = (await call('GET', '/api/wallets?limit=200')).body.items.map((item: { kind: string }) => item.kind);
    expect(new Set(kinds)).toEqual(new Set(['USER']));
    await funded('1');
    expect((await call('GET', '/api/wallets?kind=FUNDING')).body.items[0]).toMatchObject({ kind: 'FUNDING' });
  });
});

describe('payments', () => {
  it('are made once, and their replay is the same answer, from Redis or not', async () => {
    const [sender, receiver, key] = [await funded('100'), await wallet(), randomUUID()];
    const body = { ...payment(sender, receiver, '12.5'), reference: 'r "1"', metadata: { z: 1, a: { c: 2, b: 1 } } };
    const first = await call('POST', '/api/payments', body, key);
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null]);
    expect(first.body).toMatchObject({
      kind: 'PAYMENT',
      status: 'SUCCESS',
      amount: '12.50',
      senderWalletId: sender,
      reference: 'r "1"',
    });
    for (let i = 0; i < 3; i++) {
      const replay = await call(
        'POST',
        '/api/payments',
        { ...body, amount: '12.50', metadata: { a: { b: 1, c: 2 }, z: 1 } },
        key,
      );
      expect([replay.status, replay.headers.get('idempotency-replayed'), replay.text]).toEqual([
        201,
        'true',
        first.text,
      ]);
    }
    const other = await call('POST', '/api/payments', { ...body, amount: '12.51' }, key);
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect((await call('GET', `/api/wallets/${sender}/balance`)).body).toMatchObject({
      balance: '87.50',
      held: '0.00',
      available: '87.50',
    });
    const { transactionId } = first.body;
    const refunds = { refunded: '0.00', refundable: '12.50' };
    expect((await call('GET', `/api/payments/${transactionId}`)).body).toEqual({ ...first.body, ...refunds });
    expect((await call('GET', `/api/transactions/${transactionId}`)).text).toBe(first.text);
    expect((await call('GET', `/api/payments?idempotencyKey=${key}`)).body.items).toEqual([first.body]);
    expect((await call('GET', `/api/transactions/${transactionId}/ledger`)).body.entries).toMatchObject([
      { walletId: sender, entryType: 'DEBIT', amount: '12.50', balanceAfter: '87.50' },
      { walletId: receiver, entryType: 'CREDIT', amount: '12.50', balanceAfter: '12.50' },
    ]);
  });

  it('that only Redis remembers are decided anew: a ledger restored from a backup is believed before a cache', async () => {
    const [sender, receiver, key] = [await funded('100'), await wallet(), randomUUID()];
    const digest = keyDigest('dev', key);
    await remember(digest, { ...lost, requestHash: digest });
    const made = await call('POST', '/api/payments', payment(sender, receiver, '1'), key);
    expect([made.status, made.headers.get('idempotency-replayed')]).toEqual([201, null]);
    expect((await call('GET', `/api/wallets/${receiver}/balance`)).body.balance).toBe('1.00');
  });

  it('of another key are not answered, whatever Redis says', async () => {
    const [sender, receiver, key] = [await funded('100'), await wallet(), randomUUID()];
    const first = await call('POST', '/api/payments', payment(sender, receiver, '1'), randomUUID());
    const digest = keyDigest('dev', key);
    await remember(digest, { ...lost, requestHash: digest, outcomeId: first.body.transactionId });
    const second = await call('POST', '/api/payments', payment(sender, receiver, '1'), key);
    expect([second.status, second.headers.get('idempotency-replayed')]).toEqual([201, null]);
    expect(second.body.transactionId).not.toBe(first.body.transactionId);
  });

  it('in Redis as an older engine wrote them do no harm', async () => {
    const [sender, receiver, key] = [await funded('100'), await wallet(), randomUUID()];
    const redis = new Redis(scratch.redisUrl);
    await redis.set(
      `${scratch.namespace}:key:${keyDigest('dev', key)}`,
      '{"requestHash":"0","transaction":{}}',
      'EX',
      60,
    );
    await redis.quit();
    const made = await call('POST', '/api/payments', payment(sender, receiver, '1'), key);
    expect([made.status, made.headers.get('idempotency-replayed')]).toEqual([201, null]);
  });

  it('under a key in quotes are found with and without them, and are the same payment', async () => {
    const [sender, receiver, key] = [await funded('100'), await wallet(), randomUUID()];
    const made = await call('POST', '/api/payments', payment(sender, receiver, '1'), `"${key}"`);
    const again = await call('POST', '/api/payments', payment(sender, receiver, '1'), key);
    expect([made.status, again.text]).toEqual([201, made.text]);
    // Recorded with its quotes, as 0.1.0 did.
    const literal = `"${randomUUID()}"`;
    const asThen = `"${literal.replaceAll('"', '\\"')}"`;
    const old = await call('POST', '/api/payments', payment(sender, receiver, '2'), asThen);
    for (const [asked, found] of [
      [key, made.body],
      [`"${key}"`, made.body],
      [literal, old.body],
    ]) {
      const url = `/api/payments?idempotencyKey=${encodeURIComponent(asked)}`;
      expect((await call('GET', url)).body.items).toEqual([found]);
    }
  });

  it('identical and at once are one payment with equal answers', async () => {
    const [sender, receiver, key] = [await funded('100'), await wallet(), randomUUID()];
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => call('POST', '/api/payments', payment(sender, receiver, '1'), key)),
    );
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect((await call('GET', `/api/wallets/${receiver}/balance`)).body.balance).toBe('1.00');
  });

  it('that fail are recorded and replayed', async () => {
    const [sender, receiver, key] = [await funded('1'), await wallet(), randomUUID()];
    const first = await call('POST', '/api/payments', payment(sender, receiver, '2'), key);
    expect([first.status, first.body.code]).toEqual([422, 'INSUFFICIENT_FUNDS']);
    const replay = await call('POST', '/api/payments', payment(sender, receiver, '2'), key);
    expect(replay.headers.get('idempotency-replayed')).toBe('true');
    expect({ ...replay.body, traceId: first.body.traceId }).toEqual(first.body);
    for (const { body, headers } of [first, replay]) expect(body.traceId).toBe(headers.get('trace-id'));
    const transaction = (await call('GET', `/api/transactions/${first.body.transactionId}`)).body;
    expect(transaction).toMatchObject({
      status: 'FAILED',
      failureCode: 'INSUFFICIENT_FUNDS',
      failureReason: first.body.detail,
    });
    expect((await call('GET', `/api/transactions/${first.body.transactionId}/ledger`)).body).toEqual({ entries: [] });
  });

  it.each([
    ['another currency', async () => wallet({ currency: 'USD' }), 422, 'CURRENCY_MISMATCH'],
    ['a wallet that is not active', async () => wallet({ status: 'CREATED' }), 422, 'WALLET_NOT_ACTIVE'],
    ['an unknown wallet', async () => randomUUID(), 404, 'WALLET_NOT_FOUND'],
  ])('to %s are refused', async (_, receiver, status, code) => {
    const answer = await call('POST', '/api/payments', payment(await funded('5'), await receiver(), '1'), randomUUID());
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('whose key a gateway of 0.1.0 recorded with its quotes are not made again', async () => {
    const [sender, receiver, key] = [await funded('10.00'), await wallet(), `"${randomUUID()}"`];
    // As it was sent then: the quotes are a part of the key.
    const asThen = `"${key.replaceAll('"', '\\"')}"`;
    const first = await call('POST', '/api/payments', payment(sender, receiver, '1.00'), asThen);
    const retry = await call('POST', '/api/payments', payment(sender, receiver, '1.00'), key);
    expect([retry.status, retry.text, retry.headers.get('idempotency-replayed')]).toEqual([201, first.text, 'true']);
    expect((await call('GET', `/api/wallets/${receiver}/balance`)).body.balance).toBe('1.00');
  });

  it('in a batch stand alone', async () => {
    const [sender, receiver] = [await funded('10'), await wallet()];
    const item = (amount: string) => ({ idempotencyKey: randomUUID(), ...payment(sender, receiver, amount) });
    const body = { payments: [item('4'), item('40'), item('-4'), item('6')] };
    const first = await call('POST', '/api/payments/batch', body);
    expect(first.body.results.map((result: { status: number }) => result.status)).toEqual([201, 422, 400, 201]);
    const again = await call('POST', '/api/payments/batch', body);
    expect(again.body.results.map((result: { replayed?: true }) => result.replayed)).toEqual([
      true,
      true,
      undefined,
      true,
    ]);
    expect(again.body.results[0].transaction).toEqual(first.body.results[0].transaction);
    expect((await call('GET', `/api/wallets/${receiver}/balance`)).body.balance).toBe('10.00');
  });

  it('in an atomic batch stand together', async () => {
    const [sender, receiver, key] = [await funded('10'), await wallet(), randomUUID()];
    const body = (last: string) => ({
      atomic: true,
      payments: [payment(sender, receiver, '4'), payment(sender, receiver, last)],
    });
    const refused = await call('POST', '/api/payments/batch', body('7'), randomUUID());
    expect([refused.status, refused.body.code]).toEqual([422, 'BATCH_REFUSED']);
    expect(refused.body.results.map((result: { problem: { code: string } }) => result.problem.code)).toEqual([
      'BATCH_REFUSED',
      'INSUFFICIENT_FUNDS',
    ]);
    const made = await call('POST', '/api/payments/batch', body('6'), key);
    expect(made.status).toBe(201);
    const replay = await call('POST', '/api/payments/batch', body('6'), key);
    expect([replay.text, replay.headers.get('idempotency-replayed')]).toEqual([made.text, 'true']);
    expect((await call('GET', `/api/payments?idempotencyKey=${key}`)).body.items).toHaveLength(2);
  });

  it('are found by their own key, not by one that looks like a place in a batch', async () => {
    const [sender, receiver, key] = [await funded('10'), await wallet(), randomUUID()];
    const single = await call('POST', '/api/payments', payment(sender, receiver, '1'), `${key}#0`);
    expect((await call('GET', `/api/payments?idempotencyKey=${key}`)).body.items).toEqual([]);
    const byKey = await call('GET', `/api/payments?idempotencyKey=${encodeURIComponent(`${key}#0`)}`);
    expect(byKey.body.items).toEqual([single.body]);
  });

  it('in an atomic batch are found by its key in their order, also those that failed', async () => {
    const [sender, receiver, key] = [await funded('10'), await wallet(), randomUUID()];
    const payments = ['2', '9', '1'].map((amount) => ({ ...payment(sender, receiver, amount), reference: amount }));
    const refused = await call('POST', '/api/payments/batch', { atomic: true, payments }, key);
    expect(refused.status).toBe(422);
    const { items } = (await call('GET', `/api/payments?idempotencyKey=${key}`)).body;
    expect(items.map((item: { reference: string }) => item.reference)).toEqual(['2', '9', '1']);
  });

  it('whose key was answered in a month that is archived are not promised to be missing', async () => {
    const key = randomUUID();
    await scratch.database.admin.query(`INSERT INTO idempotency_keys (key_digest, outcome_id) VALUES ($1, $2)`, [
      keyDigest('dev', key),
      '00000000-0000-7000-8000-000000000000',
    ]);
    const found = await call('GET', `/api/payments?idempotencyKey=${key}`);
    expect([found.status, found.body.code]).toEqual([410, 'ANSWER_ARCHIVED']);
  });

  it('that are not there say so', async () => {
    const walletId = await wallet();
    const deposit = await call(
      'POST',
      `/api/wallets/${walletId}/deposits`,
      { amount: '1', currency: 'EUR' },
      randomUUID(),
    );
    const notPayment = await call('GET', `/api/payments/${deposit.body.transactionId}`);
    expect([notPayment.status, notPayment.body.code]).toEqual([404, 'PAYMENT_NOT_FOUND']);
    expect((await call('GET', `/api/transactions/${randomUUID()}`)).body.code).toBe('TRANSACTION_NOT_FOUND');
    const { body } = await call('GET', `/api/payments?idempotencyKey=${randomUUID()}`);
    expect(body.items).toEqual([]);
    expect(Date.parse(body.finalAfter)).toBeGreaterThan(Date.now());
  });
});

describe('a wallet\u2019s transactions', () => {
  it('are paged newest first without a hole or a double, failed ones in their place, and filtered', async () => {
    const [a, b] = [await funded('100'), await wallet()];
    const made: string[] = [];
    let middle = '';
    for (let i = 0; i < 12; i++) {
      const answer = await call(
        'POST',
        '/api/payments',
        i % 3 === 0 ? payment(b, a, '500') : payment(a, b, '1'),
        randomUUID(),
      );
      made.unshift(answer.body.transactionId);
      if (i === 5) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        middle = new Date().toISOString();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    const all = async (query: string) => {
      const ids: string[] = [];
      for (let cursor = ''; ; ) {
        const { status, body } = await call('GET', `/api/transactions?${query}${cursor}`);
        expect(status).toBe(200);
        ids.push(...body.items.map((item: { transactionId: string }) => item.transactionId));
        if (body.nextCursor === null) return ids;
        cursor = `&cursor=${body.nextCursor}`;
      }
    };
    expect(await all(`walletId=${b}&limit=5`)).toEqual(made);
    expect(await all(`walletId=${b}&limit=1&status=FAILED`)).toEqual(made.filter((_, i) => (11 - i) % 3 === 0));
    expect(await all(`walletId=${b}&limit=200&status=SUCCESS`)).toEqual(made.filter((_, i) => (11 - i) % 3 !== 0));
    expect(await all(`walletId=${b}&limit=2&from=${middle}`)).toEqual(made.slice(0, 6));
    expect(await all(`walletId=${b}&limit=2&to=${middle}`)).toEqual(made.slice(6));
    expect(await all(`walletId=${a}&kind=DEPOSIT`)).toHaveLength(1);
    expect(await all(`walletId=${b}&from=0001-01-01&to=9999-12-31`)).toEqual(made);
    expect(await all(`walletId=${b}&to=${middle.slice(0, 10)}`)).toEqual([]);
    expect(await all(`limit=200&from=${middle}&kind=PAYMENT&currency=EUR`)).toEqual(made.slice(0, 6));
    expect((await all(`limit=3&to=${middle}&status=FAILED`)).slice(0, 2)).toEqual([made[8], made[11]]);
  });
});

describe('the program', () => {
  it('shows its metrics and its API', async () => {
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toMatch(/wallet_gateway_commands_total\{outcome="SUCCESS"\} [1-9]/);
    expect(metrics).toMatch(/wallet_gateway_partitions_unowned 0/);
    for (const server of ['postgres', 'nats', 'redis'])
      expect(metrics).toMatch(`wallet_gateway_connected{server="${server}"} 1\n`);
    const api = (await (await fetch(`${gateway.url}/api/docs-json`)).json()) as { paths: Record<string, unknown> };
    expect(Object.keys(api.paths)).toContain('/api/payments/batch');
  });

  it('answers what is not HTTP it can read with a problem too', async () => {
    const large = await fetch(`${gateway.url}/api/wallets`, { headers: { 'x-large': 'x'.repeat(20_000) } });
    expect([large.status, ((await large.json()) as { code: string }).code]).toEqual([431, 'HEADERS_TOO_LARGE']);
    expect(await rawAnswer(gateway.url, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*"code":"MALFORMED_REQUEST"/s);
  });

  it('finishes what it has begun when it is told to stop', async () => {
    const other = await startGateway(scratch, async (url) => (await fetch(`${url}/health/ready`)).status === 200);
    const [sender, receiver] = [await funded('100'), await wallet()];
    const open = Array.from({ length: 20 }, () =>
      fetch(`${other.url}/api/payments`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${gatewayToken}`,
          'content-type': 'application/json',
          'idempotency-key': randomUUID(),
        },
        body: JSON.stringify(payment(sender, receiver, '1')),
      }),
    );
    await fetch(`${other.url}/health/live`);
    expect(await other.stop()).toBe(0);
    expect(new Set((await Promise.all(open)).map((response) => response.status))).toEqual(new Set([201]));
  });
});

function rawAnswer(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname, () => socket.write(request));
  return text(socket);
}
