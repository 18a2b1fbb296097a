import { randomUUID } from 'node:crypto';
import { keyDigest } from '@smart-wallet/engine/contract/digest.js';
import { partitionOf } from '@smart-wallet/engine/contract/partition.js';
import { requestHash } from '@smart-wallet/engine/contract/request-hash.js';
import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type BatchValues,
  type BatchVersion,
  batchCall,
  registerWriter,
  takeOver,
  type WriterState,
} from './batch-writer.js';
import type { LedgerChange, LedgerTransaction } from './ledger-batch.js';

const all = Array.from({ length: 64 }, (_, i) => i);
const caller = 'tests';
const versions: BatchVersion[] = [1, 2, 3];

let scratch: ScratchDatabase;
let client: pg.Client;
let other: pg.Client;

beforeAll(async () => {
  scratch = await createScratchDatabase('batches');
  client = await connected();
  other = await connected();
});

afterAll(async () => {
  await client?.end();
  await other?.end();
  await scratch?.drop();
});

async function connected(): Promise<pg.Client> {
  const made = new pg.Client(scratch.url);
  await made.connect();
  await made.query(`SET lock_timeout = '1200ms'`);
  return made;
}

async function newWallet(currency = 'EUR'): Promise<string> {
  const id = uuidv7();
  await client.query(`SELECT create_wallet($1, NULL, $2, 'ACTIVE', NULL, NULL)`, [id, currency]);
  return id;
}

async function funding(partition: number, currency = 'EUR'): Promise<string> {
  let id = uuidv7();
  while (partitionOf(id, 64) !== partition) id = uuidv7();
  const { rows } = await client.query('SELECT ensure_funding_wallet($1, $2, $3::smallint) AS id', [
    id,
    currency,
    partition,
  ]);
  return rows[0].id;
}

function payment(
  senderWalletId: string,
  receiverWalletId: string,
  key: string = randomUUID(),
  amount = 1n,
): LedgerTransaction {
  const request = {
    kind: 'PAYMENT' as const,
    senderWalletId,
    receiverWalletId,
    amount,
    currency: 'EUR',
    reference: null,
    description: null,
    metadata: null,
  };
  return {
    transactionId: uuidv7(),
    ...request,
    caller,
    idempotencyKey: key,
    keyDigest: keyDigest(caller, key),
    requestHash: requestHash({ ...request, amount: String(amount) }),
    partition: partitionOf(senderWalletId, 64),
    initiatedAtMs: Date.now(),
  };
}

/** Two payments that succeed together. */
function atomicBatch(sender: string, receiver: string, key: string): LedgerTransaction[] {
  const hash = randomUUID().replaceAll('-', '');
  return [0, 1].map((place) => ({ ...payment(sender, receiver, key), requestHash: hash, place }));
}

async function deposit(walletId: string, amount = 1_000_000n): Promise<LedgerTransaction> {
  const partition = partitionOf(walletId, 64);
  const made = payment(await funding(partition), walletId, randomUUID(), amount);
  const request = {
    kind: 'DEPOSIT' as const,
    senderWalletId: null,
    receiverWalletId: walletId,
    amount,
    currency: 'EUR',
    reference: null,
    description: null,
    metadata: null,
  };
  return { ...made, kind: 'DEPOSIT', partition, requestHash: requestHash({ ...request, amount: String(amount) }) };
}

function change(
  walletId: string,
  from: string,
  to: string,
  key: string = randomUUID(),
  reason: string | null = null,
): LedgerChange {
  const requestHash = keyDigest('request', key);
  const keyOf = keyDigest(caller, key);
  return {
    changeId: uuidv7(),
    caller,
    keyDigest: keyOf,
    requestHash,
    partition: partitionOf(walletId, 64),
    walletId,
    from,
    to,
    reason,
    place: 0,
  };
}

interface Outcome {
  code: string;
  detail?: unknown;
}

/** COMMITTED, or the error's code and what its DETAIL names. */
async function commit(
  writer: WriterState,
  transactions: LedgerTransaction[],
  changes: LedgerChange[] = [],
  more: BatchValues = {},
): Promise<Outcome> {
  try {
    await client.query(await batchCall(client, writer, transactions, changes, more));
    writer.batchSeq += 1;
    return { code: 'COMMITTED' };
  } catch (error) {
    const { code = 'none', detail } = error as pg.DatabaseError;
    return code.startsWith('SW') && detail ? { code, detail: JSON.parse(detail) } : { code };
  }
}

async function pair(): Promise<[string, string]> {
  const [a, b] = [await newWallet(), await newWallet()];
  expect(await commit(await registerWriter(client, 'seed', all), [await deposit(a), await deposit(b)])).toEqual({
    code: 'COMMITTED',
  });
  return [a, b];
}

async function rowsWritten(): Promise<string> {
  const { rows } = await client.query(
    `SELECT concat((SELECT sum(version) FROM wallets), ' ', (SELECT count(*) FROM transactions), ' ', (SELECT count(*) FROM idempotency_keys),
                   ' ', (SELECT count(*) FROM ledger_batches)) AS text`,
  );
  return rows[0].text;
}

describe.each<BatchVersion>([2, 3])('apply_batch_v%i', (version) => {
  test('names every known key before it waits for a wallet or writes anything', async () => {
    const [a, b] = await pair();
    const writer = await registerWriter(client, 'keys', all, version);
    const first = [payment(a, b), payment(a, b)];
    expect(await commit(writer, first)).toEqual({ code: 'COMMITTED' });
    const before = await rowsWritten();
    // A wallet is locked by somebody else: the answer does not wait for it.
    await other.query('BEGIN');
    await other.query('SELECT FROM wallets WHERE wallet_id = $1 FOR UPDATE', [a]);
    const again = await commit(writer, [...first.map((t) => ({ ...t, transactionId: uuidv7() })), payment(a, b)]);
    await other.query('ROLLBACK');
    expect(again.code).toBe('SW005');
    expect(new Set(again.detail as string[])).toEqual(new Set(first.map((t) => dashed(t.keyDigest))));
    expect(await rowsWritten()).toBe(before);
  });

  test('two calls with one key at the same time: one commits, the other is told', async () => {
    const [a, b] = await pair();
    const [one, two] = [
      await registerWriter(client, 'one', all.slice(0, 32), version),
      await registerWriter(client, 'two', all.slice(32), version),
    ];
    const key = randomUUID();
    const made = (writer: WriterState) => ({
      ...payment(a, b, key),
      partition: [...writer.epochs.keys()][0] as number,
    });
    await other.query('BEGIN');
    await other.query(await batchCall(other, one, [made(one)]));
    const racing = commit(two, [made(two)]);
    await expect
      .poll(
        async () =>
          (
            await other.query(
              `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
            )
          ).rows[0].n,
      )
      .toBe(1);
    await other.query('COMMIT');
    expect(await racing).toEqual({ code: '23505' });
    expect(await commit(two, [made(two)])).toEqual({ code: 'SW005', detail: [dashed(keyDigest(caller, key))] });
  });

  test('commits nothing after its own time, by the database\u2019s clock', async () => {
    const [a, b] = await pair();
    const writer = await registerWriter(client, 'late', all, version);
    const { rows } = await client.query('SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms');
    const before = await rowsWritten();
    expect(await commit(writer, [payment(a, b)], [], { p_not_after_ms: Number(rows[0].ms) - 1 })).toEqual({
      code: 'SW004',
    });
    expect(await commit(writer, [payment(a, b)], [], { p_not_after_ms: null })).toEqual({ code: 'SW004' });
    expect(await rowsWritten()).toBe(before);
    expect(await commit(writer, [payment(a, b)], [], { p_not_after_ms: Number(rows[0].ms) + 60_000 })).toEqual({
      code: 'COMMITTED',
    });
  });

  test.each<[string, BatchValues]>([
    ['deltas that make money', { w_delta: '{-0.0001,0.0002}' }],
    ['an entry too many', { w_entries: '{1,2}' }],
    ['a transaction without a key', { k_digest: '{}', k_request_hash: '{}', k_kind: '{}', k_outcome: '{}' }],
    ['a partition that the fence did not look at', { t_partition: '{63}', p_partitions: '{1}', p_epochs: '{1}' }],
  ])('refuses %s', async (_, wrong) => {
    const [a, b] = (await pair()).sort() as [string, string];
    const writer = await registerWriter(client, 'wrong', all, version);
    const epoch = writer.epochs.get(1);
    const values = wrong.p_epochs ? { ...wrong, p_epochs: version === 2 ? `{${epoch}}` : `{NULL,${epoch}}` } : wrong;
    expect(await commit(writer, [payment(a, b)], [], values)).toEqual({ code: 'SW006' });
  });

  test('refuses deltas that cancel out across two currencies', async () => {
    const [a] = await pair();
    const dollars = await newWallet('USD');
    const writer = await registerWriter(client, 'currencies', all, version);
    expect(await commit(writer, [payment(a, dollars)])).toEqual({ code: 'SW006' });
  });

  test('writes no time above its bound, and none below what is there', async () => {
    const [a, b] = await pair();
    const writer = await registerWriter(client, 'time', all, version);
    const bound = Date.now() - 3_600_000;
    const { rows: before } = await client.query(
      'SELECT max(updated_at) AS at FROM wallets WHERE wallet_id IN ($1, $2)',
      [a, b],
    );
    expect(await commit(writer, [payment(a, b)], [], { p_created_max_ms: bound })).toEqual({ code: 'COMMITTED' });
    const { rows } = await client.query('SELECT created_at FROM transactions WHERE worker_id = $1', [writer.workerId]);
    expect(rows[0].created_at).toEqual(before[0].at);
    const [c, d] = [await newWallet(), await newWallet()];
    await client.query(
      `UPDATE wallets SET created_at = 'epoch', updated_at = 'epoch', balance = balance WHERE wallet_id IN ($1, $2)`,
      [c, d],
    );
    const nothing = {
      ...payment(c, d),
      failure: { code: 'INSUFFICIENT_FUNDS', reason: 'too little', category: 'FUNDS' },
    };
    expect(await commit(writer, [nothing], [], { p_created_max_ms: bound })).toEqual({ code: 'COMMITTED' });
    const { rows: failed } = await client.query('SELECT created_at FROM transactions WHERE transaction_id = $1', [
      nothing.transactionId,
    ]);
    expect(failed[0].created_at).toEqual(new Date(bound));
  });

  test('a status change and one that finds it so already record their keys', async () => {
    const [a] = await pair();
    const writer = await registerWriter(client, 'changes', all, version);
    const [real, kept] = [change(a, 'ACTIVE', 'SUSPENDED'), change(a, 'SUSPENDED', 'SUSPENDED')];
    expect(await commit(writer, [], [real, kept])).toEqual({ code: 'COMMITTED' });
    expect(await commit(writer, [], [{ ...real, changeId: uuidv7() }])).toEqual({
      code: 'SW005',
      detail: [dashed(real.keyDigest)],
    });
    expect(await commit(writer, [], [{ ...kept, changeId: uuidv7() }])).toEqual({
      code: 'SW005',
      detail: [dashed(kept.keyDigest)],
    });
    const { rows } = await client.query(
      `SELECT k.outcome_kind, a.action FROM idempotency_keys k JOIN audit_log a ON a.change_id = k.outcome_id
        WHERE a.subject = $1 ORDER BY audit_id`,
      [a],
    );
    expect(rows).toEqual([
      { outcome_kind: 'CHANGE', action: 'WALLET_STATUS_CHANGED' },
      { outcome_kind: 'CHANGE', action: 'WALLET_STATUS_KEPT' },
    ]);
    expect(await commit(writer, [], [change(a, 'SUSPENDED', 'ACTIVE')])).toEqual({ code: 'COMMITTED' });
  });
});

describe('all versions side by side', () => {
  test('a funding wallet goes far beyond a user\u2019s limit, a user\u2019s wallet does not', async () => {
    const wallet = await newWallet();
    const source = await funding(partitionOf(wallet, 64));
    await client.query('UPDATE wallets SET balance = -999999999999999 WHERE wallet_id = $1', [source]);
    for (const version of versions) {
      const writer = await registerWriter(client, 'limits', all, version);
      expect(await commit(writer, [await deposit(wallet, 50_000_000n)])).toEqual({ code: 'COMMITTED' });
    }
    await client.query('UPDATE wallets SET balance = 999999999999999 WHERE wallet_id = $1', [wallet]);
    for (const version of versions) {
      const writer = await registerWriter(client, 'limits', all, version);
      expect(await commit(writer, [await deposit(wallet, 50_000_000n)])).toEqual({ code: 'SW002', detail: [wallet] });
    }
  });

  test('events of a partition are numbered without a hole by old and new engines in turn', async () => {
    const [a, b] = await pair();
    const partition = partitionOf(a, 64);
    const firsts: number[] = [];
    for (const version of [2, 1, 3, 1, 2, 3] as BatchVersion[]) {
      const writer = await registerWriter(client, 'turns', [partition], version);
      for (const count of [1, 2]) {
        expect(
          (
            await commit(
              writer,
              Array.from({ length: count }, () => payment(a, b)),
            )
          ).code,
        ).toBe('COMMITTED');
        const { rows } = await client.query(
          'SELECT event_partitions, event_first_sequences FROM ledger_batches WHERE worker_id = $1 AND batch_seq = $2',
          [writer.workerId, writer.batchSeq],
        );
        expect(rows[0].event_partitions).toEqual([partition]);
        firsts.push(Number(rows[0].event_first_sequences[0]));
      }
    }
    expect(firsts.map((first) => first - (firsts[0] as number))).toEqual([0, 1, 3, 4, 6, 7, 9, 10, 12, 13, 15, 16]);
  });
});

describe('one key names one thing', () => {
  const mixes = versions.flatMap((before) => versions.map((after): [BatchVersion, BatchVersion] => [before, after]));

  test.each(mixes)('an atomic batch by version %i, then a payment by version %i', async (before, after) => {
    const [a, b] = await pair();
    const key = randomUUID();
    const first = await registerWriter(client, 'first', all, before);
    expect(await commit(first, atomicBatch(a, b, key))).toEqual({ code: 'COMMITTED' });
    const second = await registerWriter(client, 'second', all, after);
    expect(['23505', 'SW005']).toContain((await commit(second, [payment(a, b, key)])).code);
    expect(['23505', 'SW005']).toContain((await commit(second, atomicBatch(a, b, key))).code);
  });

  test.each(mixes)('a payment by version %i, then an atomic batch by version %i', async (before, after) => {
    const [a, b] = await pair();
    const key = randomUUID();
    const first = await registerWriter(client, 'first', all, before);
    expect(await commit(first, [payment(a, b, key)])).toEqual({ code: 'COMMITTED' });
    const second = await registerWriter(client, 'second', all, after);
    expect(['23505', 'SW005']).toContain((await commit(second, atomicBatch(a, b, key))).code);
  });

  test('payments of an atomic batch have keys of their own only while an old engine owns partitions', async () => {
    const [a, b] = await pair();
    const keys = async (key: string) =>
      (
        await client.query('SELECT idempotency_key FROM transactions WHERE idempotency_key LIKE $1 ORDER BY 1', [
          `${key}%`,
        ])
      ).rows.map((row) => row.idempotency_key.slice(key.length));
    const found = async (key: string) =>
      (
        await client.query(
          'SELECT FROM idempotency_keys JOIN transactions USING (transaction_id) WHERE key_digest = ANY ($1::uuid[])',
          [[key, `${key}#0`, `${key}#1`].map((one) => keyDigest(caller, one))],
        )
      ).rowCount;
    const old = await registerWriter(client, 'old', all, 1);
    const writer = await registerWriter(client, 'new', all.slice(1));
    const moved = (items: LedgerTransaction[]) => items.map((item) => ({ ...item, partition: 5 }));
    const [mixed, pure] = [randomUUID(), randomUUID()];
    expect(await commit(writer, moved(atomicBatch(a, b, mixed)))).toEqual({ code: 'COMMITTED' });
    expect([await keys(mixed), await found(mixed)]).toEqual([['#0', '#1'], 3]);
    await takeOver(client, writer, [...old.epochs.keys()]);
    expect(await commit(writer, moved(atomicBatch(a, b, pure)))).toEqual({ code: 'COMMITTED' });
    expect([await keys(pure), await found(pure)]).toEqual([[' #0', ' #1'], 1]);
  });
});

test.each<BatchVersion>([2, 3])(
  'keys and wallets are found by their primary keys in version %i, whatever the planner knows: never analyzed, empty, large',
  async (version) => {
    const fresh = await createScratchDatabase('plans');
    const planned = new pg.Client(fresh.url);
    const plans: string[] = [];
    planned.on('notice', (notice) => plans.push(notice.message ?? ''));
    await planned.connect();
    // auto_explain shows the plans of statements inside a function.
    await planned.query(`LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;
                       SET client_min_messages = log`);
    await planned.query('ALTER TABLE wallets SET (autovacuum_enabled = off)');
    const writer = await registerWriter(planned, 'plans', all, version);
    const plansOf = async () => {
      const [a, b] = [uuidv7(), uuidv7()];
      await planned.query(`SELECT create_wallet(id, NULL, 'EUR', 'ACTIVE', NULL, NULL) FROM unnest($1::uuid[]) AS id`, [
        [a, b],
      ]);
      await planned.query('UPDATE wallets SET floor = -1');
      plans.length = 0;
      await planned.query(await batchCall(planned, writer, [payment(a, b)]));
      writer.batchSeq += 1;
      return plans
        .filter((plan) => /UPDATE wallets|INSERT INTO transactions|FROM idempotency_keys/.test(plan))
        .join('\n');
    };
    const seen = [await plansOf()];
    await planned.query('ANALYZE wallets, idempotency_keys');
    seen.push(await plansOf());
    await planned.query(`INSERT INTO wallets (wallet_id, currency) SELECT gen_random_uuid(), 'EUR' FROM generate_series(1, 30000);
                       INSERT INTO idempotency_keys (key_digest, outcome_id) SELECT gen_random_uuid(), gen_random_uuid() FROM generate_series(1, 30000)`);
    seen.push(await plansOf());
    await planned.query('ANALYZE wallets, idempotency_keys');
    seen.push(await plansOf());
    await planned.end();
    await fresh.drop();
    for (const plan of seen) {
      expect(plan).toMatch(/Index Scan using wallets_pkey/);
      expect(plan).toMatch(/Index (Only )?Scan using idempotency_keys_pkey/);
      expect(plan).not.toMatch(/Seq Scan|Bitmap|Hash Join|Merge Join/);
    }
  },
);

test('locked_wallets names those that somebody holds, and lets the others go at once', async () => {
  const [a, b] = await pair();
  await other.query('BEGIN');
  await other.query('SELECT FROM wallets WHERE wallet_id = $1 FOR UPDATE', [a]);
  const engine = new pg.Client(scratch.urlAs('wallet_engine'));
  await engine.connect();
  const locked = async () => (await engine.query('SELECT locked_wallets($1) AS ids', [[a, b, uuidv7()]])).rows[0].ids;
  expect(await locked()).toEqual([a]);
  await other.query('ROLLBACK');
  expect(await locked()).toEqual([]);
  const { rows } = await engine.query(
    `SELECT current_setting('lock_timeout') AS wait, current_setting('transaction_isolation') AS isolation`,
  );
  expect(rows).toEqual([{ wait: '1200ms', isolation: 'read committed' }]);
  await engine.end();
});

function dashed(digest: string): string {
  return digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
