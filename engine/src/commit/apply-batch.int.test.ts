import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import pg from 'pg';
import pino from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Mailboxes, type PendingCommand } from '../actor/mailbox.js';
import type { Command } from '../contract/commands.js';
import { Database } from '../database.js';
import { readOwners, registerEngine, takeOver } from '../partition/ownership-store.js';
import { refuseOlderSchema } from '../schema-version.js';
import { transfer } from '../testing/test-engines.js';
import { applyBatchCall } from './apply-batch.js';
import { applyBatch } from './apply-batch-signature.js';
import { figuresOf } from './figures.js';
import { ensureFundingWallet, readWallets } from './ledger-reads.js';
import { classifyFailure } from './outcome.js';
import { planBatch } from './plan/planner.js';
import { settleCall } from './unknown-call.js';

const noPing = { doubt: () => {}, nowMs: Date.now, latestMs: Date.now, askSoon: () => {} };
let scratch: ScratchDatabase;
let database: Database;

beforeAll(async () => {
  scratch = await createScratchDatabase();
  database = new Database(scratch.urlAs('wallet_engine'), 'test', pino({ level: 'silent' }), noPing);
});

afterAll(async () => {
  await database.close();
  await scratch.drop();
});

const partition = 3;

/** A deposit of 1 EUR into a new wallet, as the call of an engine that believes it holds the partition at this epoch. */
async function depositCall(
  workerId: string,
  batchSeq: number,
  epoch: number,
  notAfterMs = Date.now() + 5_000,
): Promise<pg.QueryConfig> {
  const walletId = uuidv7();
  await scratch.admin.query(`SELECT create_wallet($1, NULL, 'EUR', 'ACTIVE', NULL, NULL)`, [walletId]);
  const [wallet] = await readWallets(database, [walletId]);
  const funding = await ensureFundingWallet(database, { partition, currency: 'EUR' }, 64, Date.now() + 2_000);
  const plan = planBatch([pendingOf(transfer('DEPOSIT', null, walletId, 10_000n))], {
    fresh: new Set(),
    absent: new Set(),
    absentRows: new Set(),
    wallet: () => wallet,
    partitionOf: () => partition,
    fundingWallet: () => funding,
    knownAnswer: () => undefined,
    isLookedUp: () => true,
    isUnderWay: () => false,
    hold: () => undefined,
    original: () => undefined,
    nowMs: Date.now(),
    mintIdIn: () => uuidv7(),
    mintId: uuidv7,
  });
  const position = {
    ...{ workerId, batchSeq, epochs: new Map([[partition, epoch]]), processingAtMs: Date.now() },
    ...{ notAfterMs, createdMaxMs: Date.now() + 2_000 },
  };
  return applyBatchCall(plan, figuresOf(plan.transactions), position);
}

function pendingOf(command: Command): PendingCommand {
  const mailboxes = new Mailboxes();
  mailboxes.open(partition);
  mailboxes.offer(partition, command, { deadlineAt: performance.now() + 5_000, bytes: 0 }, () => {});
  return mailboxes.take(1)[0] as PendingCommand;
}

async function newOwner(): Promise<{ workerId: string; epoch: number }> {
  const workerId = uuidv7();
  await registerEngine(database, workerId, 'test');
  const [held] = await takeOver(database, workerId, [partition]);
  return { workerId, epoch: (held as { epoch: number }).epoch };
}

async function outcomeOf(call: pg.QueryConfig): Promise<string> {
  try {
    await database.commit(call);
    return 'COMMITTED';
  } catch (error) {
    return classifyFailure(error).outcome;
  }
}

test.each([applyBatch])('$name has the parameters that the engine names, in their order', async (called) => {
  const expected = await scratch.admin.query(
    'SELECT array_agg(format_type(to_regtype(t), NULL) ORDER BY ix) AS types FROM unnest($1::text[]) WITH ORDINALITY AS named (t, ix)',
    [Object.values(called.parameters)],
  );
  const { rows } = await scratch.admin.query(
    `SELECT proargnames[1:pronargs] AS names,
            (SELECT array_agg(format_type(t, NULL) ORDER BY ix) FROM unnest(proargtypes::oid[]) WITH ORDINALITY AS given (t, ix)) AS types
       FROM pg_proc WHERE proname = $1 AND pronamespace = 'public'::regnamespace`,
    [called.name],
  );
  expect(rows).toEqual([{ names: Object.keys(called.parameters), types: expected.rows[0].types }]);
});

describe('the fence', () => {
  test('a stale epoch cannot commit', async () => {
    const old = await newOwner();
    expect(await outcomeOf(await depositCall(old.workerId, 1, old.epoch))).toBe('COMMITTED');
    const late = await depositCall(old.workerId, 2, old.epoch);
    const current = await newOwner();
    expect(await outcomeOf(late)).toBe('FENCED');
    expect(await outcomeOf(await depositCall(current.workerId, 1, current.epoch))).toBe('COMMITTED');
  });

  test('a call that comes after its time commits nothing, though its epoch is right', async () => {
    const { workerId, epoch } = await newOwner();
    expect(await outcomeOf(await depositCall(workerId, 1, epoch, Date.now() - 1))).toBe('TOO_LATE');
    expect(await outcomeOf(await depositCall(workerId, 1, epoch))).toBe('COMMITTED');
  });

  test('an engine cannot use an epoch that is not its own', async () => {
    await newOwner();
    const current = await newOwner();
    const stranger = uuidv7();
    await registerEngine(database, stranger, 'test');
    expect(await outcomeOf(await depositCall(stranger, 1, current.epoch))).toBe('FENCED');
  });

  test('the same call twice commits once: the second finds its place in the chain taken', async () => {
    const { workerId, epoch } = await newOwner();
    const call = await depositCall(workerId, 1, epoch);
    expect(await outcomeOf(call)).toBe('COMMITTED');
    expect(await outcomeOf(call)).toBe('UNKNOWN'); // whoever sees this must settle, never go on
  });

  test('after settling, a call that was under way can no longer commit', async () => {
    const { workerId, epoch } = await newOwner();
    const call = await depositCall(workerId, 1, epoch);
    const settled = await settleCall(database, workerId, []);
    expect(settled).toMatchObject({ held: [{ partition, epoch: epoch + 1 }], batchSeq: 0 });
    expect(await outcomeOf(call)).toBe('FENCED');
    expect(await outcomeOf(await depositCall(workerId, 1, epoch + 1))).toBe('COMMITTED');
  });

  test('a takeover waits for the running call, and what that committed is there when it returns', async () => {
    const old = await newOwner();
    const call = await depositCall(old.workerId, 1, old.epoch);
    const client = new pg.Client(scratch.urlAs('wallet_engine'));
    await client.connect();
    await client.query('BEGIN');
    await client.query(call);
    const takeover = newOwner();
    const first = await Promise.race([
      takeover.then(() => 'takeover'),
      new Promise((r) => setTimeout(() => r('waiting'), 300)),
    ]);
    expect(first).toBe('waiting');
    await client.query('COMMIT');
    await client.end();
    await takeover;
    const { rows } = await scratch.admin.query(
      'SELECT from_batch_seq::int FROM partition_takeovers WHERE from_worker_id = $1 AND partition_id = $2',
      [old.workerId, partition],
    );
    expect(rows).toEqual([{ from_batch_seq: 1 }]);
  });

  test('a session that stalls in the middle of its call is ended by the takeover', async () => {
    const old = await newOwner();
    const call = await depositCall(old.workerId, 1, old.epoch);
    const client = new pg.Client(scratch.urlAs('wallet_engine'));
    client.on('error', () => {});
    await client.connect();
    await client.query('BEGIN');
    await client.query(call); // and nothing more, like a client that stopped before its Sync
    const startedAt = performance.now();
    await newOwner();
    expect(performance.now() - startedAt).toBeGreaterThan(900);
    await expect(client.query('COMMIT')).rejects.toThrow();
    const { rows } = await scratch.admin.query('SELECT count(*)::int AS n FROM ledger_batches WHERE worker_id = $1', [
      old.workerId,
    ]);
    expect(rows).toEqual([{ n: 0 }]);
  });
});

describe('a batch that contradicts itself is not committed:', () => {
  const digest = '00112233445566778899aabbccddeeff';
  type Changes = Parameters<typeof applyBatch.changed>[1];

  test.each<[what: string, code: string, changes: Changes]>([
    ['it makes money', 'SW006', { w_delta: '{1,1}' }],
    ['a wallet has an entry too many', 'SW006', { w_entries: '{1,2}' }],
    ['a transaction has no key', 'SW006', { k_digest: '{}', k_first: '{}' }],
    ['a key too many', 'SW006', { k_digest: `{${digest},${digest}}`, k_first: '{1,1}' }],
    ['a key names nothing', '23502', { k_first: '{2}' }],
    ['a partition is named twice', 'SW006', { p_partitions: `{${partition},${partition}}` }],
    ['a transaction is of another partition', 'SW006', { t_partition: `{${partition + 1}}` }],
    ['a transaction is of no partition', 'SW006', { t_partition: '{NULL}' }],
    ['the epoch of a partition is not said', 'SW001', { p_epochs: '{}' }],
    ['one of another partition is', 'SW001', { p_partitions: `{${partition},${partition + 1}}` }],
  ])('%s', async (_, code, changes) => {
    const { workerId, epoch } = await newOwner();
    const call = await depositCall(workerId, 1, epoch);
    await expect(database.commit(applyBatch.changed(call, changes))).rejects.toMatchObject({ code });
    expect(await outcomeOf(call)).toBe('COMMITTED');
  });

  test('one currency pays for another', async () => {
    const { workerId, epoch } = await newOwner();
    const call = await depositCall(workerId, 1, epoch);
    const of = (currency: string) =>
      ensureFundingWallet(database, { partition, currency }, 64, Date.now() + 2_000).then(({ walletId }) => walletId);
    const walletIds = [await of('EUR'), await of('USD')].sort();
    const changes = { w_id: `{${walletIds}}`, w_delta: '{1,-1}', w_dip: '{0,-1}' };
    await expect(database.commit(applyBatch.changed(call, changes))).rejects.toMatchObject({ code: 'SW006' });
    expect(await outcomeOf(call)).toBe('COMMITTED');
  });
});

describe('the roles', () => {
  test.each([
    ['wallet_engine', 'UPDATE transactions SET amount = 1'],
    ['wallet_engine', 'DELETE FROM transactions'],
    ['wallet_engine', 'UPDATE ledger_batches SET figures = NULL'],
    ['wallet_engine', 'DELETE FROM ledger_batches'],
    ['wallet_engine', 'TRUNCATE transactions'],
    ['wallet_engine', 'UPDATE wallets SET balance = 1000'],
    ['wallet_engine', 'UPDATE partitions SET epoch = 0'],
    ['wallet_engine', 'INSERT INTO transaction_failures DEFAULT VALUES'],
    ['wallet_engine', 'DELETE FROM idempotency_keys'],
    ['wallet_engine', 'CREATE TABLE mine (id int)'],
    ['wallet_gateway', 'UPDATE transactions SET amount = 1'],
    ['wallet_gateway', 'DELETE FROM ledger_batches'],
    ['wallet_gateway', 'UPDATE wallets SET status = $$ACTIVE$$'],
    ['wallet_gateway', 'INSERT INTO wallets (wallet_id, currency) VALUES (gen_random_uuid(), $$EUR$$)'],
    ['wallet_gateway', 'SELECT take_over(gen_random_uuid(), $${1}$$)'],
    ['wallet_gateway', 'SELECT ensure_funding_wallet(gen_random_uuid(), $$EUR$$, 1::smallint)'],
  ] as const)('%s may not: %s', async (role, sql) => {
    const client = new pg.Client(scratch.urlAs(role));
    await client.connect();
    await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });

  test('wallet_gateway may not call apply_batch_v3', async () => {
    const { workerId, epoch } = await newOwner();
    const client = new pg.Client(scratch.urlAs('wallet_gateway'));
    await client.connect();
    await expect(client.query(await depositCall(workerId, 1, epoch))).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });

  test('a month of the ledger is as closed as the whole', async () => {
    const { rows } = await scratch.admin.query<{ name: string }>(
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'transactions'::regclass`,
    );
    expect(rows.length).toBeGreaterThanOrEqual(4);
    const client = new pg.Client(scratch.urlAs('wallet_engine'));
    await client.connect();
    for (const { name } of rows)
      await expect(client.query(`DELETE FROM ${name}`)).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });
});

test('every wallet is found by its primary key, whatever the planner knows: never analyzed, empty, large', async () => {
  const { workerId, epoch } = await newOwner();
  // auto_explain shows the plans of statements inside a function; only a superuser loads it.
  const client = new pg.Client(scratch.url);
  const plans: string[] = [];
  client.on('notice', (notice) => plans.push(notice.message ?? ''));
  await client.connect();
  await client.query(`LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;
                      SET client_min_messages = log`);
  let batchSeq = 0;
  const plansOf = async () => {
    plans.length = 0;
    batchSeq += 1;
    await client.query(await depositCall(workerId, batchSeq, epoch));
    return plans
      .filter((plan) => plan.includes('UPDATE wallets') || plan.includes('INSERT INTO transactions'))
      .join('\n');
  };
  await scratch.admin.query('ALTER TABLE wallets SET (autovacuum_enabled = off)');
  const seen = [await plansOf()];
  await scratch.admin.query('ANALYZE wallets');
  seen.push(await plansOf());
  await scratch.admin.query(
    `INSERT INTO wallets (wallet_id, currency) SELECT gen_random_uuid(), 'EUR' FROM generate_series(1, 30000)`,
  );
  seen.push(await plansOf());
  await scratch.admin.query('ANALYZE wallets');
  seen.push(await plansOf());
  await client.end();
  for (const plan of seen) {
    expect(plan).toMatch(/Index Scan using wallets_pkey/);
    expect(plan).not.toMatch(/Seq Scan|Bitmap|Hash Join|Merge Join/);
  }
});

test('an engine does not start on a schema that lacks a migration of its version', async () => {
  await refuseOlderSchema(database);
  await scratch.admin.query(`UPDATE migrations SET name = 'other' WHERE name = '013_apply_batch_v3'`);
  await expect(refuseOlderSchema(database)).rejects.toThrow('013_apply_batch_v3');
  await scratch.admin.query(`UPDATE migrations SET name = '013_apply_batch_v3' WHERE name = 'other'`);
});

test('every partition starts without an owner and with epoch 0', async () => {
  const fresh = await createScratchDatabase();
  const store = new Database(fresh.urlAs('wallet_engine'), 'test', pino({ level: 'silent' }), noPing);
  const owners = await readOwners(store);
  expect(owners).toHaveLength(64);
  expect(new Set(owners.map(({ epoch, workerId }) => `${epoch} ${workerId}`))).toEqual(new Set(['0 null']));
  await store.close();
  await fresh.drop();
});
