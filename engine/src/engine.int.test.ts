import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { answerField, answerSlot, answerSlotPrefix, readCachedAnswer } from './contract/cached-answer.js';
import type { StatusChangeCommand } from './contract/commands.js';
import { commandAgeMaxMs } from './contract/limits.js';
import { partitionOf } from './contract/partition.js';
import { Database } from './database.js';
import { atomicBatch, payment, statusChange, TestEngines, transfer } from './testing/test-engines.js';

let engines: TestEngines;

beforeAll(async () => {
  engines = await TestEngines.start(2);
});

afterAll(async () => {
  await engines.stop();
});

const euro = 10_000n;

async function rich(amount = 100n * euro): Promise<string> {
  const walletId = await engines.createWallet();
  await engines.deposit(walletId, amount);
  return walletId;
}

describe('a payment', () => {
  test('moves money, is answered after its commit, and reads back with both balances', async () => {
    const [a, b] = [await rich(), await engines.createWallet()];
    const result = await engines.send(payment(a, b, 30n * euro));
    expect(result).toMatchObject({
      outcome: 'RECORDED',
      replayed: false,
      transaction: { status: 'SUCCESS', senderWalletId: a },
    });
    expect([await engines.balance(a), await engines.balance(b)]).toEqual(['70.0000', '30.0000']);
    const { rows } = await engines.database.admin.query(
      `SELECT entry_type, amount, balance_after, entry_no::int FROM ledger_entries WHERE wallet_id = ANY ($1) ORDER BY created_at, entry_type DESC`,
      [[a, b]],
    );
    expect(rows).toEqual([
      { entry_type: 'CREDIT', amount: '100.0000', balance_after: '100.0000', entry_no: 1 },
      { entry_type: 'DEBIT', amount: '30.0000', balance_after: '70.0000', entry_no: 2 },
      { entry_type: 'CREDIT', amount: '30.0000', balance_after: '30.0000', entry_no: 1 },
    ]);
  });

  test('that is refused is recorded as FAILED and replayed so', async () => {
    const [a, b] = [await engines.createWallet(), await engines.createWallet()];
    const command = payment(a, b, euro);
    const first = await engines.send(command);
    expect(first).toMatchObject({
      transaction: {
        status: 'FAILED',
        failureCode: 'INSUFFICIENT_FUNDS',
        failureReason: expect.stringContaining('0.00 EUR'),
      },
    });
    await engines.deposit(a, 100n * euro);
    expect(await engines.send(command)).toEqual({ ...first, replayed: true });
    const { rows } = await engines.database.admin.query(
      'SELECT failure_code, category FROM transaction_failures JOIN transactions USING (transaction_id, failure_code) WHERE sender_wallet_id = $1',
      [a],
    );
    expect(rows).toEqual([{ failure_code: 'INSUFFICIENT_FUNDS', category: 'FUNDS' }]);
  });

  test('to a wallet that does not exist uses no key up', async () => {
    const [a, b] = [await rich(), '01900000-0000-7000-8000-00000000dead'];
    const command = payment(a, b, euro);
    expect(await engines.send(command)).toMatchObject({ outcome: 'NOT_RECORDED', code: 'WALLET_NOT_FOUND' });
    await engines.createWallet('ACTIVE', 'EUR', b);
    expect(await engines.send(command)).toMatchObject({ outcome: 'RECORDED', transaction: { status: 'SUCCESS' } });
  });

  test('cannot name a funding wallet', async () => {
    const a = await rich();
    const { rows } = await engines.database.admin.query(`SELECT wallet_id FROM wallets WHERE kind = 'FUNDING' LIMIT 1`);
    const funding = rows[0].wallet_id as string;
    expect(await engines.send(payment(funding, a, euro))).toMatchObject({ code: 'WALLET_NOT_FOUND' });
    expect(await engines.send(payment(a, funding, euro))).toMatchObject({ code: 'WALLET_NOT_FOUND' });
    expect(await engines.send(statusChange(funding, 'SUSPENDED'))).toMatchObject({ code: 'WALLET_NOT_FOUND' });
  });

  test('that comes too late is dropped undecided', async () => {
    const [a, b] = [await rich(), await engines.createWallet()];
    const command = payment(a, b, euro);
    expect(await engines.sendAll([command], -1)).toEqual([{ outcome: 'NOT_DONE', code: 'DEADLINE_EXCEEDED' }]);
    expect(await engines.send(command)).toMatchObject({ outcome: 'RECORDED', replayed: false });
    const stale = payment(a, b, euro, { initiatedAtMs: Date.now() - commandAgeMaxMs - 100 });
    expect(await engines.send(stale)).toEqual({ outcome: 'NOT_DONE', code: 'DEADLINE_EXCEEDED' });
  });
});

describe('an engine whose own clock is an hour off', () => {
  const trueNow = Date.now;
  afterEach(() => {
    Date.now = trueNow;
  });

  test.each([3_600_000, -3_600_000])(
    'and jumps by %i ms while it runs, pays, and dates all by the database',
    async (off) => {
      const [a, b] = [await rich(), await engines.createWallet()];
      Date.now = () => trueNow() + off;
      const late = await engines.startEngine(); // one that has never known better
      await vi.waitFor(async () => expect(await engines.partitionsOf(late)).not.toEqual([]), { timeout: 10_000 });
      const own = await engines.createWalletOf(late);
      for (const [from, to] of [
        [a, b],
        [a, own],
        [own, b],
      ] as const) {
        const result = await engines.send(payment(from, to, euro, { initiatedAtMs: trueNow() }));
        expect(result).toMatchObject({ outcome: 'RECORDED', transaction: { status: 'SUCCESS' } });
        if (result.outcome !== 'RECORDED') return;
        const { transactionId, processingAtMs } = result.transaction;
        const mintedAtMs = Number.parseInt(transactionId.replaceAll('-', '').slice(0, 12), 16);
        for (const ms of [mintedAtMs, processingAtMs]) expect(Math.abs(ms - trueNow())).toBeLessThan(5_000);
      }
      await late.stop();
    },
  );
});

describe('one key', () => {
  test('sent 50 times at once is one payment and 50 equal answers, also after Redis was flushed', async () => {
    const [a, b] = [await rich(), await engines.createWallet()];
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
    });
    await redis.del(slot);
    await redis.quit();
    expect(await engines.send(command)).toMatchObject({ replayed: true, transaction: { transactionId: [...ids][0] } });
    expect(await engines.balance(b)).toBe('1.0000');
  });

  test('with another request is rejected', async () => {
    const [a, b] = [await rich(), await engines.createWallet()];
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
    const [a, b] = [await rich(), await engines.createWallet()];
    const single = payment(a, b, euro);
    const batch = atomicBatch([[a, b, euro]], single.idempotencyKey);
    const [first, second] = batchFirst ? [batch, single] : [single, batch];
    expect((await engines.send(first)).outcome).toMatch(/RECORDED/);
    expect(await engines.send(second)).toMatchObject({ outcome: 'NOT_RECORDED', code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await engines.balance(b)).toBe('1.0000');
    expect(await engines.send(first)).toMatchObject({ replayed: true });
  });

  test('and a key that looks like one of a batch\u2019s payments is a key like any other', async () => {
    const [a, b] = [await rich(), await engines.createWallet()];
    const batch = atomicBatch([[a, b, euro]]);
    await engines.send(batch);
    const single = payment(a, b, euro, { idempotencyKey: `${batch.idempotencyKey}#0` });
    expect(await engines.send(single)).toMatchObject({ outcome: 'RECORDED', replayed: false });
  });

  test('a batch of a thousand is found in the ledger by its key alone', async () => {
    const [a, b] = [await rich(10_000n * euro), await engines.createWallet()];
    const batch = atomicBatch(Array.from({ length: 1_000 }, () => [a, b, euro]));
    const made = await engines.send(batch);
    const again = await engines.send(batch);
    expect(again).toEqual({ ...made, replayed: true });
  });

  test('one that named a wallet names no payment', async () => {
    const [a, b] = [await rich(), await engines.createWallet()];
    const command = payment(a, b, euro);
    await engines.database.admin.query(`SELECT create_wallet_v2($1, NULL, 'EUR', 'ACTIVE', NULL, $2, $2, NULL)`, [
      uuidv7(),
      command.keyDigest,
    ]);
    expect(await engines.send(command)).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await engines.balance(b)).toBe('0.0000');
  });

  test('one whose answer was archived is not decided again', async () => {
    const [a, b] = [await rich(), await engines.createWallet()];
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
    const [a, b] = [await rich(), await engines.createWallet()];
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
    const [a, b] = [await rich(), await engines.createWallet()];
    const lost = payment(a, uuidv7(), euro);
    const command = payment(a, b, euro, { idempotencyKey: lost.idempotencyKey });
    const [first, second] = await engines.sendAll([lost, command]);
    expect(first).toMatchObject({ outcome: 'NOT_RECORDED', code: 'WALLET_NOT_FOUND' });
    expect(second).toMatchObject({ outcome: 'RECORDED', replayed: false });
  });
});

describe('a status change', () => {
  test('sent again changes nothing that happened meanwhile', async () => {
    const walletId = await engines.createWallet('CREATED');
    const activate = statusChange(walletId, 'ACTIVE');
    expect(await engines.send(activate)).toEqual({ outcome: 'STATUS_CHANGED', replayed: false });
    await engines.send(statusChange(walletId, 'SUSPENDED'));
    expect(await engines.send(activate)).toEqual({ outcome: 'STATUS_CHANGED', replayed: true });
    const { rows } = await engines.database.admin.query('SELECT status FROM wallets WHERE wallet_id = $1', [walletId]);
    expect(rows).toEqual([{ status: 'SUSPENDED' }]);
  });

  test('to the status that the wallet has takes its key, too', async () => {
    const walletId = await engines.createWallet('ACTIVE');
    const already = statusChange(walletId, 'ACTIVE');
    expect(await engines.send(already)).toEqual({ outcome: 'STATUS_CHANGED', replayed: false });
    await engines.send(statusChange(walletId, 'SUSPENDED'));
    expect(await engines.send(already)).toEqual({ outcome: 'STATUS_CHANGED', replayed: true });
    const { rows } = await engines.database.admin.query(
      'SELECT action FROM audit_log WHERE subject = $1 ORDER BY audit_id',
      [walletId],
    );
    expect(rows).toEqual([{ action: 'WALLET_STATUS_KEPT' }, { action: 'WALLET_STATUS_CHANGED' }]);
  });

  test('under a key of another request is rejected', async () => {
    const [a, b] = [await rich(), await engines.createWallet()];
    const made = payment(a, b, euro);
    await engines.send(made);
    const { idempotencyKey, keyDigest: digest } = made;
    const change: StatusChangeCommand = { ...statusChange(a, 'SUSPENDED'), idempotencyKey, keyDigest: digest };
    expect(await engines.send(change)).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await engines.send(payment(a, b, euro))).toMatchObject({ transaction: { status: 'SUCCESS' } });
  });

  test('of a gateway that knows no keys for it is made', async () => {
    const walletId = await engines.createWallet('CREATED');
    const { idempotencyKey: _k, keyDigest: _d, requestHash: _h, ...keyless } = statusChange(walletId, 'ACTIVE');
    expect(await engines.send(keyless as StatusChangeCommand)).toMatchObject({ outcome: 'STATUS_CHANGED' });
  });
});

test('a row that somebody holds locked keeps only its own payments waiting', async () => {
  const [a, b, c] = [await rich(), await engines.createWallet(), await engines.createWallet()];
  const client = new pg.Client(engines.database.url);
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM wallets WHERE wallet_id = $1 FOR UPDATE', [c]);
    const stuck = engines.request(partitionOf(a, 64), [payment(a, c, euro)], 4_000, 6_000);
    await vi.waitFor(async () => {
      const { rows } = await engines.database.admin.query(
        `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      );
      expect(rows).toHaveLength(1);
    });
    const startedAt = performance.now();
    const results = await engines.sendAll(Array.from({ length: 200 }, () => payment(a, b, 100n)));
    expect(results.every((result) => result.outcome === 'RECORDED')).toBe(true);
    for (let i = 0; i < 20; i += 1) {
      // A payment that needs the row comes along each time, and is set apart at once.
      void engines.request(partitionOf(a, 64), [payment(a, c, euro)], 100, 6_000).catch(() => {});
      expect(await engines.send(payment(a, b, 100n))).toMatchObject({ outcome: 'RECORDED' });
    }
    // One wait for the lock (1.2 s) in all, not one a call.
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(await stuck).toEqual([{ outcome: 'NOT_DONE', code: 'DEADLINE_EXCEEDED' }]);
    const held = engines.send(payment(a, c, euro));
    await client.query('ROLLBACK');
    expect(await held).toMatchObject({ outcome: 'RECORDED', transaction: { status: 'SUCCESS' } });
  } finally {
    await client.end();
  }
  expect(await engines.balance(c)).toBe('1.0000');
});

describe('an atomic batch', () => {
  test('over several partitions succeeds whole', async () => {
    const [first, second] = engines.members as [TestEngines['members'][0], TestEngines['members'][0]];
    const [a, b, c] = [
      await engines.createWalletOf(first),
      await engines.createWalletOf(second),
      await engines.createWallet(),
    ];
    await Promise.all([engines.deposit(a, 10n * euro), engines.deposit(b, 10n * euro)]);
    const batch = atomicBatch([
      [a, c, 4n * euro],
      [b, c, 5n * euro],
      [c, a, 9n * euro],
    ]);
    const result = await engines.send(batch);
    expect(result).toMatchObject({ outcome: 'BATCH_RECORDED', replayed: false });
    expect([await engines.balance(a), await engines.balance(b), await engines.balance(c)]).toEqual([
      '15.0000',
      '5.0000',
      '0.0000',
    ]);
    expect(await engines.send(batch)).toMatchObject({ outcome: 'BATCH_RECORDED', replayed: true });
    // The other owner has been told, or its guard catches it: either way the answer is right.
    expect(await engines.send(payment(b, c, 6n * euro))).toMatchObject({
      transaction: { failureCode: 'INSUFFICIENT_FUNDS' },
    });
  });

  test('fails whole, each payment recorded with its own code', async () => {
    const [a, b] = [await rich(10n * euro), await engines.createWallet()];
    const batch = atomicBatch([
      [a, b, 4n * euro],
      [b, a, 5n * euro],
      [a, b, 6n * euro],
    ]);
    const result = await engines.send(batch);
    expect(result.outcome === 'BATCH_RECORDED' && result.transactions.map((t) => t.failureCode)).toEqual([
      'BATCH_REFUSED',
      'INSUFFICIENT_FUNDS',
      'BATCH_REFUSED',
    ]);
    expect([await engines.balance(a), await engines.balance(b)]).toEqual(['10.0000', '0.0000']);
    expect(await engines.send(batch)).toMatchObject({ outcome: 'BATCH_RECORDED', replayed: true });
  });
});

test('an answer too large to be sent stops nothing', async () => {
  const [a, b] = [await rich(10_000n * euro), await engines.createWallet()];
  const batches = Array.from({ length: 4 }, () =>
    atomicBatch(Array.from({ length: 1_000 }, (): [string, string, bigint] => [a, b, 10_000n])),
  );
  const partition = partitionOf(a, 64);
  await expect(engines.request(partition, batches, 4_000, 5_000)).rejects.toThrow(/timeout/i);
  expect(await engines.balance(b)).toBe('4000.0000');
  for (const batch of batches)
    expect(await engines.send(batch)).toMatchObject({ outcome: 'BATCH_RECORDED', replayed: true });
  expect(await engines.send(payment(a, b, euro))).toMatchObject({ outcome: 'RECORDED' });
}, 30_000);

describe('state that others change', () => {
  test('never refuses a payment: a receiver suspended and activated again by its own owner', async () => {
    const [first, second] = engines.members as [TestEngines['members'][0], TestEngines['members'][0]];
    const sender = await engines.createWalletOf(first);
    const receiver = await engines.createWalletOf(second);
    await engines.deposit(sender, 1_000n * euro);
    for (let round = 0; round < 20; round += 1) {
      await engines.send(statusChange(receiver, 'SUSPENDED'));
      const refused = await engines.send(payment(sender, receiver, euro));
      expect(refused).toMatchObject({ transaction: { failureCode: 'WALLET_NOT_ACTIVE' } });
      await engines.send(statusChange(receiver, 'ACTIVE'));
      expect(await engines.send(payment(sender, receiver, euro))).toMatchObject({ transaction: { status: 'SUCCESS' } });
    }
  });

  test('never refuses a payment: a credit from another engine is spent at once', async () => {
    const [first, second] = engines.members as [TestEngines['members'][0], TestEngines['members'][0]];
    const a = await engines.createWalletOf(first);
    const b = await engines.createWalletOf(second);
    await engines.deposit(a, euro);
    await engines.deposit(b, euro);
    for (let round = 0; round < 40; round += 1) {
      const [from, to] = round % 2 === 0 ? [a, b] : [b, a];
      const amount = round === 0 ? euro : 2n * euro;
      expect(await engines.send(payment(from, to, amount))).toMatchObject({ transaction: { status: 'SUCCESS' } });
    }
  });

  test('a wallet being closed while it is credited from elsewhere never ends closed with money', async () => {
    const [first, second] = engines.members as [TestEngines['members'][0], TestEngines['members'][0]];
    const sender = await engines.createWalletOf(first);
    await engines.deposit(sender, 1_000n * euro);
    const seen = new Set<string>();
    for (let round = 0; round < 60; round += 1) {
      const receiver = await engines.createWalletOf(second);
      await engines.send(payment(sender, receiver, euro));
      await engines.send(payment(receiver, sender, euro)); // both engines know the wallet, empty and ACTIVE
      const [closed, paid] = await Promise.all([
        sleep(Math.random() * 4).then(() => engines.send(statusChange(receiver, 'CLOSED'))),
        sleep(Math.random() * 4).then(() => engines.send(payment(sender, receiver, euro))),
      ]);
      const { rows } = await engines.database.admin.query('SELECT status, balance FROM wallets WHERE wallet_id = $1', [
        receiver,
      ]);
      const state = `${rows[0].status} ${rows[0].balance}`;
      expect(['CLOSED 0.0000', 'ACTIVE 1.0000']).toContain(state);
      expect(closed.outcome === 'STATUS_CHANGED').toBe(rows[0].status === 'CLOSED');
      expect(paid).toMatchObject({ transaction: { status: rows[0].status === 'CLOSED' ? 'FAILED' : 'SUCCESS' } });
      seen.add(state);
    }
    expect([...seen].sort()).toEqual(['ACTIVE 1.0000', 'CLOSED 0.0000']);
  });

  test('300 commands that hit a guard at once cost a handful of round trips', async () => {
    const [first, second] = engines.members as [TestEngines['members'][0], TestEngines['members'][0]];
    const sender = await engines.createWalletOf(first);
    const receiver = await engines.createWallet();
    const drain = await engines.createWalletOf(second);
    await engines.deposit(sender, 400n * euro);
    await engines.deposit(drain, euro);
    await engines.send(payment(sender, receiver, euro)); // its owner knows it as rich
    const calls = vi.spyOn(Database.prototype, 'commit');
    const reads = vi.spyOn(Database.prototype, 'query');
    // Behind its owner's back, as another owner's atomic batch would do it.
    await engines.database.admin.query(`UPDATE wallets SET balance = 50 WHERE wallet_id = $1`, [sender]);
    const results = await engines.sendAll(Array.from({ length: 300 }, () => payment(sender, receiver, euro)));
    const trips = calls.mock.calls.length + reads.mock.calls.filter(([text]) => /FROM wallets/.test(text)).length;
    vi.restoreAllMocks();
    await engines.database.admin.query(`UPDATE wallets SET balance = balance + 349 WHERE wallet_id = $1`, [sender]);
    const succeeded = results.filter(
      (result) => result.outcome === 'RECORDED' && result.transaction.status === 'SUCCESS',
    ).length;
    expect(succeeded).toBe(50);
    expect(results.length - succeeded).toBe(250);
    expect(trips).toBeLessThan(8);
  });

  test('a bad command in a batch fails alone', async () => {
    const [a, b] = [await rich(), await engines.createWallet()];
    const commands = Array.from({ length: 40 }, () => payment(a, b, euro));
    // Postgres cannot hold U+0000 in JSON; a gateway would have refused it.
    commands[17] = payment(a, b, euro, { metadata: '{"note":"\\u0000"}' });
    commands[23] = payment(a, b, -euro);
    commands[31] = payment(a, a, euro);
    const results = await engines.sendAll(commands);
    const faults = results.flatMap((result, i) =>
      result.outcome === 'NOT_DONE' && result.code === 'COMMAND_FAULT' ? [i] : [],
    );
    expect(faults).toEqual([17, 23, 31]);
    expect(await engines.balance(b)).toBe('37.0000');
  });
});

test('a full mailbox turns away at once and queues nothing', async () => {
  const [a, b] = [await rich(20_000n * euro), await engines.createWallet()];
  const { admin } = engines.database;
  const partition = partitionOf(a, 64);
  const request = (count: number, msLeft: number) => {
    const commands = Array.from({ length: count }, () => payment(a, b, euro));
    return engines.request(partition, commands, msLeft);
  };
  // The row lock holds the first call back, so that the mailbox fills behind it.
  const holder = await admin.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM wallets WHERE wallet_id = $1 FOR UPDATE', [b]);
  const first = request(1, 4_000);
  await sleep(200);
  const rest = await Promise.all(Array.from({ length: 26 }, () => request(400, 600)));
  await holder.query('ROLLBACK');
  holder.release();
  expect(await first).toMatchObject([{ outcome: 'RECORDED' }]);
  const codes = rest.flat().map((result) => result.outcome === 'NOT_DONE' && result.code);
  expect(codes.filter((code) => code === 'OVERLOADED')).toHaveLength(26 * 400 - 9_999);
  expect(codes.filter((code) => code === 'DEADLINE_EXCEEDED')).toHaveLength(9_999);
  expect(await engines.balance(b)).toBe('1.0000');
});

test('a deposit creates money only against the funding wallet, a withdrawal returns it', async () => {
  const a = await rich(10n * euro);
  await engines.send(transfer('WITHDRAWAL', a, null, 4n * euro));
  const { rows } = await engines.database.admin.query(
    'SELECT currency, sum(balance)::text AS total FROM wallets GROUP BY currency',
  );
  expect(rows).toEqual([{ currency: 'EUR', total: '0.0000' }]);
});
