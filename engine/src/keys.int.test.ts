import { Redis } from 'ioredis';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { answerField, answerSlot, answerSlotPrefix, readCachedAnswer } from './contract/cached-answer.js';
import { Database } from './database.js';
import { atomicBatch, euro, payment, TestEngines } from './testing/test-engines.js';

let engines: TestEngines;

beforeAll(async () => {
  engines = await TestEngines.start(2);
});

afterAll(async () => {
  await engines.stop();
});

describe('one key', () => {
  test('sent 50 times at once is one payment and 50 equal answers, also after Redis was flushed', async () => {
    const [a, b] = [await engines.rich(), await engines.createWallet()];
    const command = payment(a, b, euro);
    const results = await Promise.all(Array.from({ length: 50 }, () => engines.send(command)));
    const ids = new Set(
      results.map((result) => (result.outcome === 'RECORDED' ? result.transaction.transactionId : result.outcome)),
    );
    expect(ids.size).toBe(1);
    const redis = new Redis(process.env.TEST_REDIS_URL as string);
    const digest = Buffer.from(command.keyDigest, 'hex');
    const slot = `${answerSlotPrefix(engines.namespace)}${answerSlot(digest)}`;
    await vi.waitFor(async () => {
      const value = await redis.hgetBuffer(slot, answerField(digest));
      expect(readCachedAnswer(value as Buffer, 0)).toMatchObject({
        ...{ kind: 'TRANSACTION', outcomeId: [...ids][0], status: 'SUCCESS', requestHash: command.requestHash },
      });
    }, 10_000);
    await redis.del(slot);
    await redis.quit();
    expect(await engines.send(command)).toMatchObject({ replayed: true, transaction: { transactionId: [...ids][0] } });
    expect(await engines.balance(b)).toBe('1.0000');
  });

  test('with another request is rejected', async () => {
    const [a, b] = [await engines.rich(), await engines.createWallet()];
    const command = payment(a, b, euro);
    await engines.send(command);
    const other = payment(a, b, 2n * euro, { idempotencyKey: command.idempotencyKey });
    expect(await engines.send(other)).toMatchObject({ outcome: 'NOT_RECORDED', code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  test('with another request is rejected even when the call was lost: what is found under the key is not its answer', async () => {
    const [first, second] = engines.members as [TestEngines['members'][0], TestEngines['members'][0]];
    const [a, b] = [await engines.createWalletOf(first), await engines.createWalletOf(second)];
    await Promise.all([engines.deposit(a, euro), engines.deposit(b, euro)]);
    const earlier = payment(a, b, euro);
    await engines.send(earlier);
    const lost = vi.spyOn(Database.prototype, 'commit').mockRejectedValueOnce(new Error('the socket was lost'));
    const other = payment(b, a, 2n * euro, { idempotencyKey: earlier.idempotencyKey });
    expect(await engines.send(other)).toMatchObject({ outcome: 'NOT_RECORDED', code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(lost.mock.calls.length).toBe(1);
    lost.mockRestore();
  });

  test('for two senders in two partitions at once is one payment', async () => {
    const [first, second] = engines.members as [TestEngines['members'][0], TestEngines['members'][0]];
    for (let round = 0; round < 10; round += 1) {
      const a = await engines.createWalletOf(first);
      const b = await engines.createWalletOf(second);
      const receiver = await engines.createWallet();
      await Promise.all([engines.deposit(a, euro), engines.deposit(b, euro)]);
      const idempotencyKey = `round-${round}-${a}`;
      const results = await Promise.all([
        engines.send(payment(a, receiver, euro, { idempotencyKey })),
        engines.send(payment(b, receiver, euro, { idempotencyKey })),
      ]);
      const outcomes = results
        .map((result) => (result.outcome === 'NOT_RECORDED' ? result.code : result.outcome))
        .sort();
      expect(outcomes).toEqual(['IDEMPOTENCY_KEY_REUSED', 'RECORDED']);
      expect(await engines.balance(receiver)).toBe('1.0000');
    }
  });
});

describe('one key names one thing', () => {
  test.each([
    ['an atomic batch, then a payment', true],
    ['a payment, then an atomic batch', false],
  ])('%s', async (_, batchFirst) => {
    const [a, b] = [await engines.rich(), await engines.createWallet()];
    const single = payment(a, b, euro);
    const batch = atomicBatch([[a, b, euro]], single.idempotencyKey);
    const [first, second] = batchFirst ? [batch, single] : [single, batch];
    expect((await engines.send(first)).outcome).toMatch(/RECORDED/);
    expect(await engines.send(second)).toMatchObject({ outcome: 'NOT_RECORDED', code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await engines.balance(b)).toBe('1.0000');
    expect(await engines.send(first)).toMatchObject({ replayed: true });
  });

  test('and a key that looks like one of a batch\u2019s payments is a key like any other', async () => {
    const [a, b] = [await engines.rich(), await engines.createWallet()];
    const batch = atomicBatch([[a, b, euro]]);
    await engines.send(batch);
    const single = payment(a, b, euro, { idempotencyKey: `${batch.idempotencyKey}#0` });
    expect(await engines.send(single)).toMatchObject({ outcome: 'RECORDED', replayed: false });
  });

  test('a batch of a thousand is found in the ledger by its key alone', async () => {
    const [a, b] = [await engines.rich(10_000n * euro), await engines.createWallet()];
    const batch = atomicBatch(Array.from({ length: 1_000 }, () => [a, b, euro]));
    const made = await engines.send(batch);
    const again = await engines.send(batch);
    expect(again).toEqual({ ...made, replayed: true });
  });

  test('one that named a wallet names no payment', async () => {
    const [a, b] = [await engines.rich(), await engines.createWallet()];
    const command = payment(a, b, euro);
    await engines.database.admin.query(`SELECT create_wallet_v2($1, NULL, 'EUR', 'ACTIVE', NULL, $2, $2, NULL)`, [
      uuidv7(),
      command.keyDigest,
    ]);
    expect(await engines.send(command)).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await engines.balance(b)).toBe('0.0000');
  });

  test('one whose answer was archived is not decided again', async () => {
    const [a, b] = [await engines.rich(), await engines.createWallet()];
    const command = payment(a, b, euro);
    await engines.database.admin.query(
      `INSERT INTO idempotency_keys (key_digest, outcome_id, request_hash) VALUES ($1, $2, $3)`,
      [command.keyDigest, uuidv7({ msecs: Date.UTC(2020, 0) }), command.requestHash],
    );
    expect(await engines.send(command)).toMatchObject({ outcome: 'NOT_RECORDED', code: 'ANSWER_ARCHIVED' });
    const other = payment(a, b, 2n * euro, { idempotencyKey: command.idempotencyKey });
    expect(await engines.send(other)).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await engines.balance(b)).toBe('0.0000');
  });
});

describe('two requests under one key at once', () => {
  test('are one payment and one rejection, whichever the ledger knew first', async () => {
    const [a, b] = [await engines.rich(), await engines.createWallet()];
    const command = payment(a, b, euro);
    const rival = payment(a, b, 2n * euro, { idempotencyKey: command.idempotencyKey });
    await engines.send(command);
    // No engine has it in mind any more: only the ledger knows whose the key is, while the rival is on its way.
    await Promise.all(engines.members.map((engine) => engine.stop()));
    engines.members.length = 0;
    await Promise.all([engines.startEngine(), engines.startEngine()]);
    await engines.allOwned();
    const [first, second] = await engines.sendAll([rival, command]);
    expect(first).toMatchObject({ outcome: 'NOT_RECORDED', code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(second).toMatchObject({ outcome: 'RECORDED', replayed: true });
  });

  test('leave the key to the other one when the first is rejected', async () => {
    const [a, b] = [await engines.rich(), await engines.createWallet()];
    const lost = payment(a, uuidv7(), euro);
    const command = payment(a, b, euro, { idempotencyKey: lost.idempotencyKey });
    const [first, second] = await engines.sendAll([lost, command]);
    expect(first).toMatchObject({ outcome: 'NOT_RECORDED', code: 'WALLET_NOT_FOUND' });
    expect(second).toMatchObject({ outcome: 'RECORDED', replayed: false });
  });
});
