import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { StatusChangeCommand } from './contract/commands.js';
import { commandAgeMaxMs, commandDeadlineMs } from './contract/limits.js';
import { partitionOf } from './contract/partition.js';
import { atomicBatch, euro, payment, statusChange, TestEngines, transfer } from './testing/test-engines.js';

let engines: TestEngines;

beforeAll(async () => {
  engines = await TestEngines.start(2);
});

afterAll(async () => {
  await engines.stop();
});

describe('a payment', () => {
  test('moves money, is answered after its commit, and reads back with both balances', async () => {
    const [a, b] = [await engines.rich(), await engines.createWallet()];
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
    const [a, b] = [await engines.rich(), '01900000-0000-7000-8000-00000000dead'];
    const command = payment(a, b, euro);
    expect(await engines.send(command)).toMatchObject({ outcome: 'NOT_RECORDED', code: 'WALLET_NOT_FOUND' });
    await engines.createWallet('ACTIVE', 'EUR', b);
    expect(await engines.send(command)).toMatchObject({ outcome: 'RECORDED', transaction: { status: 'SUCCESS' } });
  });

  test('cannot name a funding wallet', async () => {
    const a = await engines.rich();
    const { rows } = await engines.database.admin.query(`SELECT wallet_id FROM wallets WHERE kind = 'FUNDING' LIMIT 1`);
    const funding = rows[0].wallet_id as string;
    expect(await engines.send(payment(funding, a, euro))).toMatchObject({ code: 'WALLET_NOT_FOUND' });
    expect(await engines.send(payment(a, funding, euro))).toMatchObject({ code: 'WALLET_NOT_FOUND' });
    expect(await engines.send(statusChange(funding, 'SUSPENDED'))).toMatchObject({ code: 'WALLET_NOT_FOUND' });
  });

  test('that comes too late is dropped undecided', async () => {
    const [a, b] = [await engines.rich(), await engines.createWallet()];
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
      const [a, b] = [await engines.rich(), await engines.createWallet()];
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
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const already = { ...statusChange(walletId, 'ACTIVE'), traceId };
    expect(await engines.send(already)).toEqual({ outcome: 'STATUS_CHANGED', replayed: false });
    await engines.send(statusChange(walletId, 'SUSPENDED'));
    // Of another request for the same: the first one's stays.
    expect(await engines.send({ ...already, traceId: 'f'.repeat(32) })).toEqual({
      outcome: 'STATUS_CHANGED',
      replayed: true,
    });
    const { rows } = await engines.database.admin.query(
      `SELECT action, detail->'traceId' AS "traceId" FROM audit_log WHERE subject = $1 ORDER BY audit_id`,
      [walletId],
    );
    // Gateways of before do not say it.
    expect(rows).toEqual([
      { action: 'WALLET_STATUS_KEPT', traceId },
      { action: 'WALLET_STATUS_CHANGED', traceId: null },
    ]);
  });

  test('under a key of another request is rejected', async () => {
    const [a, b] = [await engines.rich(), await engines.createWallet()];
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
  const [a, b, c] = [await engines.rich(), await engines.createWallet(), await engines.createWallet()];
  const client = new pg.Client(engines.database.url);
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM wallets WHERE wallet_id = $1 FOR UPDATE', [c]);
    const stuck = engines.request(partitionOf(a, 64), [payment(a, c, euro)], 4_000, 6_000);
    await vi.waitFor(somebodyWaits, 10_000);
    const startedAt = performance.now();
    const results = await engines.sendAll(Array.from({ length: 200 }, () => payment(a, b, 100n)));
    expect(results.every((result) => result.outcome === 'RECORDED')).toBe(true);
    for (let i = 0; i < 20; i += 1) {
      // A payment that needs the row comes along each time, and is set apart at once.
      void engines.request(partitionOf(a, 64), [payment(a, c, euro)], 100, 6_000).catch(() => {});
      expect(await engines.send(payment(a, b, 100n))).toMatchObject({ outcome: 'RECORDED' });
    }
    // One wait for the lock (1.2 s) in all, not one a call.
    expect(performance.now() - startedAt).toBeLessThan(12_000);
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
    const [a, b] = [await engines.rich(10n * euro), await engines.createWallet()];
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
  const [a, b] = [await engines.rich(10_000n * euro), await engines.createWallet()];
  const batches = Array.from({ length: 4 }, () =>
    atomicBatch(Array.from({ length: 1_000 }, (): [string, string, bigint] => [a, b, 10_000n])),
  );
  const partition = partitionOf(a, 64);
  await expect(engines.request(partition, batches, 4_000, 5_000)).rejects.toThrow(/timeout/i);
  await expect.poll(() => engines.balance(b)).toBe('4000.0000');
  for (const batch of batches)
    expect(await engines.send(batch)).toMatchObject({ outcome: 'BATCH_RECORDED', replayed: true });
  expect(await engines.send(payment(a, b, euro))).toMatchObject({ outcome: 'RECORDED' });
}, 30_000);

test('a full mailbox turns away at once and queues nothing', async () => {
  const [a, b] = [await engines.rich(20_000n * euro), await engines.createWallet()];
  const { admin } = engines.database;
  const partition = partitionOf(a, 64);
  // Made beforehand: they are to come while the first call waits, which it does not for long.
  const floods = Array.from({ length: 26 }, () => Array.from({ length: 400 }, () => payment(a, b, euro)));
  // The row lock holds the first call back, so that the mailbox fills behind it.
  const holder = await admin.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM wallets WHERE wallet_id = $1 FOR UPDATE', [b]);
  const first = engines.request(partition, [payment(a, b, euro)], commandDeadlineMs);
  await vi.waitFor(somebodyWaits, 10_000);
  const rest = await Promise.all(floods.map((commands) => engines.request(partition, commands, 1_500)));
  await holder.query('ROLLBACK');
  holder.release();
  expect(await first).toMatchObject([{ outcome: 'RECORDED' }]);
  const codes = rest.flat().map((result) => result.outcome === 'NOT_DONE' && result.code);
  expect(codes.filter((code) => code === 'OVERLOADED')).toHaveLength(26 * 400 - 9_999);
  expect(codes.filter((code) => code === 'DEADLINE_EXCEEDED')).toHaveLength(9_999);
  expect(await engines.balance(b)).toBe('1.0000');
});

test('a deposit creates money only against the funding wallet, a withdrawal returns it', async () => {
  const a = await engines.rich(10n * euro);
  await engines.send(transfer('WITHDRAWAL', a, null, 4n * euro));
  const { rows } = await engines.database.admin.query(
    'SELECT currency, sum(balance)::text AS total FROM wallets GROUP BY currency',
  );
  expect(rows).toEqual([{ currency: 'EUR', total: '0.0000' }]);
});

/** A call waits for a row that is locked. */
async function somebodyWaits(): Promise<void> {
  const { rows } = await engines.database.admin.query(
    `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
  );
  expect(rows).toHaveLength(1);
}
