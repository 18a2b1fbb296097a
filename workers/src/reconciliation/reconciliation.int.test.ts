import { randomBytes, randomUUID } from 'node:crypto';
import { holdBody } from '@smart-wallet/gateway/testing/hold-steps.js';
import { type ApiAnswer, payment } from '@smart-wallet/gateway/testing/test-caller.js';
import { startTestPlatform, type TestPlatform } from '@smart-wallet/gateway/testing/test-platform.js';
import { startMailInbox } from '@smart-wallet/local-stack/mail-inbox.mjs';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Database, openDatabase } from '../database.js';
import type { Surroundings } from '../parts.js';
import { trafficOf } from '../testing/ledger-traffic.js';
import { reconcile, reported } from '../testing/reconcile.js';
import { startWorkers } from '../testing/workers-program.js';
import { checkEntryNumbers } from './checks/entry-numbers.js';
import { nightlyReconciliation } from './job.js';
import { connectToLedger } from './ledger-connection.js';
import { readBatches } from './reads/batch-rows.js';
import { readStretches, type Stretch } from './reads/entry-stretches.js';
import { Reconciliation } from './reconciliation.js';
import { runReconciliation } from './run.js';
import { claimRun, StaleAttempt } from './run-store.js';
import { Suspensions } from './suspensions.js';

let api: TestPlatform;
let url: string;
let database: Database;
const log = pino({ level: 'silent' });

beforeAll(async () => {
  api = await startTestPlatform();
  url = api.scratch.database.urlAs('wallet_workers');
  database = openDatabase({ url, connectionsMax: 3 }, log);
});
afterAll(async () => {
  await database?.end();
  await api?.close();
});

const sql = (text: string, values: unknown[] = []) => api.scratch.database.admin.query(text, values);
const ok = ({ status, text, body }: ApiAnswer) => {
  expect(status, text).toBe(201);
  return body;
};

it('finds nothing in five runs while everything is moved', async () => {
  const traffic = await trafficOf(api, 4);
  const runs = [];
  for (const mode of ['incremental', 'full', 'incremental', 'full', 'incremental'] as const) {
    runs.push(await reconcile(url, mode));
  }
  const moved = await traffic.stop();
  expect(runs.map(({ status, findings }) => [status, findings])).toEqual(Array(5).fill(['CLEAN', []]));
  expect(moved).toBeGreaterThan(20);
  const last = await reconcile(url, 'full');
  expect([last.status, last.findings]).toEqual(['CLEAN', []]);
  const { rows } = await sql('SELECT count(*)::int AS n FROM transactions');
  expect(last.transactions).toBe(rows[0].n);
  // What was looked at is not looked at again.
  expect(await reconcile(url, 'incremental')).toMatchObject({ status: 'CLEAN', transactions: 0, batches: 0 });
});

it('reads no more batches than its transactions fit into a chunk, and one at least', async () => {
  const { rows } = await sql(
    'SELECT worker_id AS id, batch_seq AS seq FROM engine_workers ORDER BY batch_seq DESC LIMIT 1',
  );
  const client = await connectToLedger(url);
  try {
    const sizes: number[] = [];
    for (let after = 0n; after < BigInt(rows[0].seq); ) {
      const range = { after, upTo: BigInt(rows[0].seq), most: 500, transactionsMax: 30 };
      const batches = await readBatches(client, rows[0].id, range);
      expect(batches.map(({ batchSeq }) => BigInt(batchSeq))).toEqual(batches.map((_, i) => after + BigInt(i) + 1n));
      sizes.push(batches.slice(0, -1).reduce((sum, { transactionIds }) => sum + transactionIds.length, 0));
      after += BigInt(batches.length);
    }
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThan(30);
  } finally {
    await client.end();
  }
});

describe('a break', () => {
  it('is one finding as long as it is there, explained or not, and closed when it is gone', async () => {
    const walletId = await api.funded('10');
    await reconcile(url, 'incremental');
    await sql('UPDATE wallets SET day_in = day_in + 3 WHERE wallet_id = $1', [walletId]);
    // What is not touched is looked at by full runs.
    expect((await reconcile(url, 'incremental')).findings).toEqual([]);
    const found = await reconcile(url, 'full');
    expect(found).toMatchObject({
      status: 'BREAKS',
      findings: [{ check: 'COUNTERS', walletId, what: 'dayIn', expected: '10.00', found: '13.00', delta: '3.00' }],
    });
    const findingId = found.findings[0]?.findingId as string;
    // The wallet goes on, and is off by the same.
    ok(await api.post(`/api/wallets/${walletId}/deposits`, { amount: '5', currency: 'EUR' }));
    expect(await reconcile(url, 'incremental')).toMatchObject({
      findings: [{ findingId, expected: '15.00', found: '18.00', delta: '3.00', status: 'OPEN' }],
    });
    const { rows } = await sql(`SELECT explain_finding($1, 'known', 'tests', NULL) AS outcome`, [findingId]);
    expect(rows[0].outcome).toBe('EXPLAINED');
    expect(await reconcile(url, 'full')).toMatchObject({
      status: 'CLEAN',
      findings: [{ findingId, status: 'EXPLAINED' }],
    });
    // Off by another amount it is another break.
    await sql('UPDATE wallets SET day_in = day_in + 1 WHERE wallet_id = $1', [walletId]);
    const other = await reconcile(url, 'incremental');
    expect(other).toMatchObject({ status: 'BREAKS', findings: [{ delta: '4.00', status: 'OPEN' }] });
    await sql('UPDATE wallets SET day_in = day_in - 4 WHERE wallet_id = $1', [walletId]);
    expect(await reconcile(url, 'incremental')).toMatchObject({ status: 'CLEAN', findings: [] });
    const { rows: closed } = await sql(
      `SELECT status, count(*)::int AS n FROM reconciliation_findings GROUP BY status ORDER BY status`,
    );
    expect(closed).toEqual([{ status: 'CLOSED', n: 2 }]);
  });

  it('in what was committed since is found by the next incremental run', async () => {
    await reconcile(url, 'incremental');
    const [from, to] = [await api.funded('20'), await api.wallet()];
    const { transactionId } = ok(await api.post('/api/payments', payment(from, to, '7')));
    await sql('UPDATE transactions SET amount = amount + 1 WHERE transaction_id = $1', [transactionId]);
    const { findings } = await reconcile(url, 'incremental');
    const broken = { check: 'BALANCE_CHAIN', transactionId };
    expect(findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...broken, walletId: from, expected: '12.00', found: '13.00', delta: '1.00' }),
        expect.objectContaining({ ...broken, walletId: to, expected: '8.00', found: '7.00', delta: '-1.00' }),
        expect.objectContaining({ check: 'MERKLE_ROOT' }),
      ]),
    );
    await sql('UPDATE transactions SET amount = amount - 1 WHERE transaction_id = $1', [transactionId]);
    expect((await reconcile(url, 'incremental')).findings).toEqual([]);
  });

  it.each([
    ['receiver', 'receiver_wallet_id', (): string => randomUUID()],
    ['wallet', 'wallet_id', (): string => randomUUID()],
    ['currency', 'currency', (): string => 'USD'],
  ] as const)('in the %s of a hold is one finding', async (what, column, changed) => {
    const [from, to] = [await api.funded('20'), await api.wallet()];
    const { holdId: transactionId } = ok(await api.post('/api/holds', holdBody(from, to, '7')));
    const change = async (value: string): Promise<string> => {
      const text = `UPDATE holds h SET ${column} = $2 FROM holds was WHERE h.hold_id = $1 AND was.hold_id = $1 RETURNING was.${column} AS was`;
      return (await sql(text, [transactionId, value])).rows[0].was;
    };
    const found = changed();
    const expected = await change(found);
    const { findings } = await reconcile(url, 'full');
    expect(findings.filter(({ transactionId: id }) => id === transactionId)).toMatchObject([
      { check: 'HELD', what, expected, found, walletId: from },
    ]);
    await change(expected);
    expect((await reconcile(url, 'full')).findings).toEqual([]);
  });

  it('in a transaction that no batch lists is found by a full run, though all its figures are right', async () => {
    const [from, to] = [await api.funded('20'), await api.wallet()];
    const { transactionId } = ok(await api.post('/api/payments', payment(from, to, '7')));
    const { rows } = await sql(
      `WITH forged AS (SELECT (jsonb_populate_record(t, jsonb_build_object('transaction_id', overlay(t.transaction_id::text PLACING '000000' FROM 31),
         'idempotency_key', 'forged', 'sender_entry_no', sender_entry_no + 1, 'receiver_entry_no', receiver_entry_no + 1,
         'sender_balance_after', sender_balance_after - amount, 'receiver_balance_after', receiver_balance_after + amount))).*
           FROM transactions t WHERE transaction_id = $1)
       INSERT INTO transactions SELECT * FROM forged RETURNING transaction_id AS id, worker_id AS "engineId", batch_seq AS "batchSeq"`,
      [transactionId],
    );
    const { id, ...batch } = rows[0];
    const move = (sign: 1 | -1) =>
      sql(
        `UPDATE wallets SET balance = balance + CASE wallet_id WHEN $1 THEN -7 ELSE 7 END * $3::int, entry_no = entry_no + $3::int,
                day_out = day_out + CASE wallet_id WHEN $1 THEN 7 ELSE 0 END * $3::int, day_in = day_in + CASE wallet_id WHEN $1 THEN 0 ELSE 7 END * $3::int
          WHERE wallet_id IN ($1, $2)`,
        [from, to, sign],
      );
    await move(1);
    const { findings } = await reconcile(url, 'full');
    expect(findings).toMatchObject([{ check: 'PAIR', what: 'listed', transactionId: id, ...batch, delta: '-1' }]);
    expect((await reconcile(url, 'incremental')).findings).toMatchObject([{ findingId: findings[0]?.findingId }]);
    await sql('DELETE FROM transactions WHERE transaction_id = $1', [id]);
    await move(-1);
    expect((await reconcile(url, 'incremental')).findings).toEqual([]);
    expect((await reconcile(url, 'full')).findings).toEqual([]);
  });

  it('in a chain is the same finding in the next run, and the heads behind it are no witnesses', async () => {
    for (let i = 0; i < 4; i++) await api.funded('1');
    await reconcile(url, 'incremental');
    await api.funded('1');
    const [{ id, seq }] = (
      await sql('SELECT worker_id AS id, batch_seq AS seq FROM engine_workers ORDER BY batch_seq DESC LIMIT 1')
    ).rows;
    const kept = async () =>
      (
        await sql(
          `SELECT (SELECT batch_seq FROM reconciliation_checkpoints WHERE engine_id = $1) AS at,
                         (SELECT count(*)::int FROM witnessed_heads WHERE engine_id = $1) AS heads`,
          [id],
        )
      ).rows[0];
    const before = await kept();
    const forged = randomBytes(32);
    const change = `UPDATE ledger_batches b SET head_hash = $3 FROM ledger_batches was WHERE b.worker_id = $1 AND b.batch_seq = $2
       AND was.worker_id = b.worker_id AND was.batch_seq = b.batch_seq RETURNING was.head_hash AS was`;
    const head = (await sql(change, [id, seq, forged])).rows[0].was;
    const checks = (await reconcile(url, 'incremental')).findings.map(({ check }) => check);
    expect(checks).toContain('HASH_CHAIN');
    expect(await kept()).toEqual(before);
    await sql(change, [id, seq, head]);
    expect((await reconcile(url, 'incremental')).findings).toEqual([]);
    expect((await kept()).at).toBe(seq);

    // Two of a gap.
    await sql(
      'CREATE TABLE gap AS SELECT * FROM ledger_batches WHERE worker_id = $1 AND batch_seq IN ($2::bigint - 1, $2::bigint - 2)',
      [id, seq],
    );
    await sql(
      'DELETE FROM ledger_batches b USING gap WHERE b.worker_id = gap.worker_id AND b.batch_seq = gap.batch_seq',
    );
    const chain = async (mode: 'full' | 'incremental') =>
      (await reconcile(url, mode)).findings.filter(({ check }) => check === 'HASH_CHAIN');
    const found = await chain('full');
    expect(found).toMatchObject([{ batchSeq: seq, what: 'batchSeq', delta: '2' }]);
    expect(await chain('incremental')).toEqual(found);
    await sql('INSERT INTO ledger_batches SELECT * FROM gap');
    expect((await reconcile(url, 'full')).findings).toEqual([]);
  });

  it('suspends the wallet over the API, once, where policy says so', async () => {
    const walletId = await api.funded('10');
    await sql('UPDATE wallets SET balance = balance + 1 WHERE wallet_id = $1', [walletId]);
    await reconcile(url, 'full', { suspends: true });
    const status = async () => (await api.get(`/api/wallets/${walletId}`)).status;
    expect(await status()).toBe('ACTIVE');
    const answers: string[] = [];
    const { createClient } = await import('@smart-wallet/client');
    const { authorization } = api.authorization as { authorization: string };
    const client = createClient({ baseUrl: api.url, token: authorization.replace('Bearer ', '') });
    const suspensions = new Suspensions(
      database,
      {
        changeStatus: async (...asked: Parameters<typeof client.changeStatus>) => {
          answers.push(asked[2]?.key as string);
          if (answers.length === 1) throw new Error('the gateway is away');
          return client.changeStatus(...asked);
        },
      } as typeof client,
      log,
    );
    await vi.waitFor(
      async () => {
        await suspensions.ask(new AbortController().signal);
        expect(await status()).toBe('SUSPENDED');
      },
      { timeout: 5_000, interval: 100 },
    );
    await suspensions.ask(new AbortController().signal);
    expect(new Set(answers).size).toBe(1);
    expect(answers).toHaveLength(2);
    const { items } = await api.get(`/api/audit?subject=${walletId}`);
    expect(items[0]).toMatchObject({
      action: 'WALLET_STATUS_CHANGED',
      reason: expect.stringMatching(/^reconciliation: BALANCE is off by 1.00, finding /),
    });
    await sql('UPDATE wallets SET balance = balance - 1 WHERE wallet_id = $1', [walletId]);
    expect((await reconcile(url, 'full')).findings).toEqual([]);
  });

  it('suspends no wallet whose break was explained, or is there no more, before the engine could be asked', async () => {
    const wallets = await Promise.all(['asked', 'explained', 'closed', 'late'].map(() => api.funded('10')));
    const [, explained, closed] = wallets as [string, string, string, string];
    const off = (by: number, ids: string[]) =>
      sql('UPDATE wallets SET balance = balance + $1 WHERE wallet_id = ANY ($2)', [by, ids]);
    await off(1, wallets);
    await reconcile(url, 'full', { suspends: true });
    const explain = (id: string) =>
      sql(
        `SELECT explain_finding(finding_id, 'a drill', 'user:ann', NULL) FROM reconciliation_findings WHERE wallet_id = $1`,
        [id],
      );
    await explain(explained);
    await off(-1, [closed]);
    await reconcile(url, 'full', { suspends: true });
    // While the first is asked for, somebody explains the other.
    const asked: string[] = [];
    const changeStatus = async (walletId: string) => {
      asked.push(walletId);
      for (const id of wallets) if (id !== walletId) await explain(id);
      return { kind: 'REFUSED', problem: { code: 'WALLET_CLOSED' } };
    };
    const suspensions = new Suspensions(database, { changeStatus } as never, log);
    for (let i = 0; i < 2; i++) await suspensions.ask(new AbortController().signal);
    expect(asked).toHaveLength(1);
    expect([explained, closed]).not.toContain(asked[0]);
    const { rows } = await sql(
      'SELECT wallet_id, status, answer FROM reconciliation_suspensions WHERE wallet_id = ANY ($1)',
      [wallets],
    );
    const answers = Object.fromEntries(
      rows.map(({ wallet_id, status, answer }) => [wallet_id, `${status}: ${answer}`]),
    );
    expect(answers).toEqual(
      Object.fromEntries(
        wallets.map((id) => {
          const why = id === closed ? 'CLOSED' : 'EXPLAINED';
          return [id, `REFUSED: ${id === asked[0] ? 'WALLET_CLOSED' : `the finding is ${why}`}`];
        }),
      ),
    );
    await off(
      -1,
      wallets.filter((id) => id !== closed),
    );
    expect((await reconcile(url, 'full')).findings).toEqual([]);
  });
});

it('breaks of one wallet beyond those that are listed are counted', async () => {
  const walletId = await api.funded('1');
  for (let i = 0; i < 29; i++)
    ok(await api.post(`/api/wallets/${walletId}/deposits`, { amount: '1', currency: 'EUR' }));
  const move = (sign: 1 | -1) =>
    sql(
      `UPDATE transactions SET receiver_balance_after = receiver_balance_after + $2::int * receiver_entry_no * receiver_entry_no
        WHERE receiver_wallet_id = $1 AND receiver_entry_no > 1`,
      [walletId, sign],
    );
  await move(1);
  const { findings } = await reconcile(url, 'full');
  const listed = findings.filter((found) => found.check === 'BALANCE_CHAIN' && found.walletId === walletId).length;
  const { rows } = await sql('SELECT unlisted::int FROM reconciliation_runs ORDER BY run_no DESC LIMIT 1');
  expect([listed, rows[0].unlisted]).toEqual([20, 9]);
  await move(-1);
  expect((await reconcile(url, 'full')).findings).toEqual([]);
}, 60_000);

describe('months that were taken out of the ledger', () => {
  const months = async () =>
    (
      await sql(
        `SELECT c.oid::regclass::text AS name, pg_get_expr(c.relpartbound, c.oid) AS bound,
                pg_get_expr(c.relpartbound, c.oid) LIKE '%' || uuid_at(date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC') || ''') TO%' AS "isNow"
           FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'transactions'::regclass ORDER BY 2`,
      )
    ).rows as { name: string; bound: string; isNow: boolean }[];
  const boundary = async () => (await sql('SELECT uuid_at(clock_timestamp()) AS id')).rows[0].id as string;
  /** With all months up to this one taken out, but for what has ids from there on; and back again. */
  async function without(from: string, work: () => Promise<void>): Promise<void> {
    const all = await months();
    const taken = all.slice(0, all.findIndex(({ isNow }) => isNow) + 1);
    const now = taken.at(-1);
    if (!now?.isNow) throw new Error('there is no month table of now');
    const detach = taken.map(({ name }) => `ALTER TABLE transactions DETACH PARTITION ${name};`).join('\n');
    const attach = taken
      .map(({ name, bound }) => `ALTER TABLE transactions ATTACH PARTITION ${name} ${bound};`)
      .join('\n');
    const to = /TO \('([^']+)'\)/.exec(now.bound)?.[1];
    await sql(`BEGIN; ${detach}
      CREATE TABLE transactions_kept PARTITION OF transactions FOR VALUES FROM ('${from}') TO ('${to}');
      INSERT INTO transactions_kept SELECT * FROM ${now.name} WHERE transaction_id >= '${from}'; COMMIT`);
    try {
      await work();
    } finally {
      await sql(`BEGIN; DROP TABLE transactions_kept; ${attach} COMMIT`);
    }
  }

  it('are not missed: neither by wallets that are all in them, nor by what was paid back or taken of them since', async () => {
    const [from, to] = [await api.funded('20'), await api.wallet()];
    const { transactionId } = ok(await api.post('/api/payments', payment(from, to, '7')));
    const { holdId } = ok(await api.post('/api/holds', holdBody(from, to, '5')));
    await api.funded('3');
    await reconcile(url, 'incremental');
    const cut = await boundary();
    ok(await api.post(`/api/payments/${transactionId}/refunds`, { amount: '2' }));
    ok(await api.post(`/api/holds/${holdId}/capture`, { amount: '1' }));
    await without(cut, async () => {
      for (const mode of ['incremental', 'full'] as const) {
        expect(await reconcile(url, mode)).toMatchObject({ status: 'CLEAN', findings: [] });
      }
    });
    expect(await reconcile(url, 'full')).toMatchObject({ status: 'CLEAN', findings: [] });
  }, 60_000);

  it('in the middle are one break, and what is before them is left alone', async () => {
    const missing = (await months()).find(({ isNow }) => isNow);
    await sql(`ALTER TABLE transactions DETACH PARTITION ${missing?.name}`);
    try {
      const { findings } = await reconcile(url, 'full');
      expect(findings).toMatchObject([
        { check: 'MISSING_TRANSACTION', what: expect.stringMatching(/^month tables before/), found: 'with a hole' },
      ]);
    } finally {
      await sql(`ALTER TABLE transactions ATTACH PARTITION ${missing?.name} ${missing?.bound}`);
    }
    expect((await reconcile(url, 'full')).findings).toEqual([]);
  }, 60_000);

  it('leave the balance before the first entry that is surely there to go on from', async () => {
    const walletId = await api.funded('10');
    for (let i = 0; i < 4; i++)
      ok(await api.post(`/api/wallets/${walletId}/deposits`, { amount: '10', currency: 'EUR' }));
    const { rows } = await sql(
      'SELECT created_at FROM transactions WHERE receiver_wallet_id = $1 AND receiver_entry_no = 3',
      [walletId],
    );
    const client = await connectToLedger(url);
    try {
      const asked = { walletId, fromNo: 1n, toNo: 5n, day: 0 };
      const [stretch] = await readStretches(client, [asked], { seqs: {}, at: 'now' }, rows[0].created_at);
      expect(stretch).toMatchObject({ entries: '3', firstNo: '3', opening: null });
      expect(checkEntryNumbers(asked, stretch as Stretch, true)).toEqual([]);
      expect(checkEntryNumbers(asked, stretch as Stretch, false)).toMatchObject([{ what: 'entries 1 to 2' }]);
      expect([Number(stretch?.firstBefore), Number(stretch?.total)]).toEqual([20, 30]);
    } finally {
      await client.end();
    }
  });
});

describe('a run', () => {
  const request = async (mode: string) => {
    const runId = randomUUID();
    await sql(`INSERT INTO reconciliation_runs (run_id, mode, requested_by) VALUES ($1, $2, 'tests')`, [runId, mode]);
    return runId;
  };
  const runOf = async (runId: string) =>
    (await sql('SELECT * FROM reconciliation_runs WHERE run_id = $1', [runId])).rows[0];

  it.each([
    ['full', ['batches', 'wallets', 'creations', 'listings', 'refunds', 'tails']],
    ['incremental', ['standing', 'batches', 'wallets', 'currencies', 'tails']],
  ] as const)(
    'that is killed in any phase finds what an undisturbed one does, and who was thought dead writes nothing: %s',
    async (mode, phases) => {
      // Of an incremental run all of it is new.
      const forget = () => sql('DELETE FROM reconciliation_checkpoints');
      const walletId = await api.funded('10');
      await sql('UPDATE wallets SET balance = balance + 1 WHERE wallet_id = $1', [walletId]);
      const forge = async (root: Buffer) =>
        (
          await sql(
            `UPDATE ledger_batches SET merkle_root = $1 FROM (SELECT merkle_root AS before FROM ledger_batches WHERE batch_seq = 2) was
            WHERE batch_seq = 2 RETURNING before`,
            [root],
          )
        ).rows[0].before as Buffer;
      const root = await forge(randomBytes(32));
      await forget();
      const { runId: _, ...whole } = await reconcile(url, mode);
      expect(whole.findings.map(({ check }) => check)).toEqual(
        expect.arrayContaining(['BALANCE', 'CURRENCY_SUM', 'MERKLE_ROOT']),
      );
      const shared = { signal: new AbortController().signal, suspends: false };
      for (const dies of phases) {
        await forget();
        const runId = await request(mode);
        const [client, other] = [await connectToLedger(url), await connectToLedger(url)];
        try {
          const run = await claimRun(client, 60_000);
          if (!run) throw new Error('no run');
          let taken: Awaited<ReturnType<typeof claimRun>> = null;
          const onChunk = async (phase: string) => {
            // It says nothing for long, and somebody else takes it.
            if (phase === dies) taken ??= await claimRun(other, 0);
          };
          await expect(runReconciliation(client, run, { ...shared, onChunk })).rejects.toBeInstanceOf(StaleAttempt);
          if (!taken) throw new Error('not taken');
          expect(taken).toMatchObject({ runId, attempt: 2, plan: expect.anything(), place: { phase: dies } });
          expect(await runReconciliation(other, taken, shared)).toBe('BREAKS');
          expect(await reported(other, runId)).toEqual(whole);
        } finally {
          await client.end();
          await other.end();
        }
      }
      await sql('UPDATE wallets SET balance = balance - 1 WHERE wallet_id = $1', [walletId]);
      await forge(root);
    },
  );

  it('that is asked for by night is a full one, though an incremental one is under way', async () => {
    const under = await request('incremental');
    const end = (runId: string) =>
      sql(`UPDATE reconciliation_runs SET status = 'CLEAN', finished_at = clock_timestamp() WHERE run_id = $1`, [
        runId,
      ]);
    const job = nightlyReconciliation({ database } as Surroundings);
    const context = { signal: new AbortController().signal, progress: vi.fn() };
    const result = job.run(context as unknown as Parameters<typeof job.run>[0]);
    await vi.waitFor(
      () => expect(context.progress).toHaveBeenCalledWith(expect.objectContaining({ runId: under })),
      5_000,
    );
    await end(under);
    const { runId } = await vi.waitFor(async () => {
      const { rows } = await sql(
        `SELECT run_id AS "runId" FROM reconciliation_runs WHERE status = 'REQUESTED' AND mode = 'full'`,
      );
      expect(rows).toHaveLength(1);
      return rows[0] as { runId: string };
    }, 5_000);
    await end(runId);
    expect(await result).toEqual({ runId, mode: 'full', status: 'CLEAN' });
  });

  it('does not keep wallets waiting that are to be suspended', async () => {
    const asked = vi.fn(async () => {});
    // It is under way until it is given back.
    const runId = await request('full');
    const lock = await api.scratch.database.admin.connect();
    const suspensions = { ask: asked } as unknown as Suspensions;
    const worker = new Reconciliation({ database, databaseUrl: url, log, suspensions });
    try {
      await lock.query('BEGIN');
      await lock.query('LOCK TABLE reconciliation_touched');
      worker.start();
      await vi.waitFor(async () => expect((await runOf(runId)).status).toBe('RUNNING'), {
        timeout: 5_000,
        interval: 20,
      });
      asked.mockClear();
      await vi.waitFor(() => expect(asked).toHaveBeenCalled(), 5_000);
      expect((await runOf(runId)).status).toBe('RUNNING');
    } finally {
      await lock.query('ROLLBACK');
      lock.release();
      await worker.stop();
    }
    await sql(`UPDATE reconciliation_runs SET status = 'CLEAN', finished_at = clock_timestamp() WHERE run_id = $1`, [
      runId,
    ]);
  });

  it('is taken up when it is asked for, given back at a stop, and done once by several workers', async () => {
    const workers = [1, 2].map(() => new Reconciliation({ database, databaseUrl: url, log, suspensions: null }));
    const runId = await request('incremental');
    for (const worker of workers) worker.start();
    await vi.waitFor(async () => expect((await runOf(runId)).status).toBe('CLEAN'), { timeout: 10_000, interval: 50 });
    expect((await runOf(runId)).attempt).toBe(1);
    await Promise.all(workers.map((worker) => worker.stop()));
  });
});

describe('a break that is found on demand', () => {
  it('raises one CRITICAL alert and one mail, however often it is found', async () => {
    const inbox = await startMailInbox();
    await sql(
      `UPDATE alert_configurations SET recipients = '{ops@example.com}', enabled = alert_type = 'LEDGER_INCONSISTENCY'`,
    );
    const workers = startWorkers({
      DATABASE_URL: url,
      AMQP_URL: process.env.TEST_AMQP_URL as string,
      SMTP_URL: inbox.smtpUrl,
      WALLET_NAMESPACE: api.scratch.namespace,
      WORKER_PARTS: 'reconciliation,alerts,mail',
      ALERT_EVERY: '1s',
      LOG_LEVEL: 'fatal',
    });
    const patiently = { timeout: 20_000, interval: 100 };
    const run = async () => {
      const { runId } = (await api.call('POST', '/api/reconciliation/runs', { mode: 'full' })).body;
      const report = () => api.get(`/api/reconciliation/report?runId=${runId}`);
      await vi.waitFor(async () => expect((await report()).finishedAt).not.toBeNull(), patiently);
      return report();
    };
    const judged = async () => {
      const at = (await sql('SELECT clock_timestamp() AS at')).rows[0].at;
      const beats = () => sql('SELECT FROM alert_evaluator WHERE beat_at > $1', [at]);
      await vi.waitFor(async () => expect((await beats()).rowCount).toBe(1), patiently);
      await vi.waitFor(async () => {
        expect((await sql(`SELECT FROM mails WHERE status <> 'SENT'`)).rowCount).toBe(0);
      }, patiently);
      return (await inbox.messages()).map(({ subject }) => subject);
    };
    try {
      const walletId = await api.funded('10');
      await sql('UPDATE wallets SET balance = balance + 0.5 WHERE wallet_id = $1', [walletId]);
      const { findings } = await run();
      expect(findings).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ ...{ check: 'BALANCE', severity: 'CRITICAL', walletId, delta: '0.50' } }),
        ]),
      );
      await vi.waitFor(async () => expect(await inbox.messages()).toHaveLength(1), patiently);
      expect((await inbox.messages())[0]).toMatchObject({
        subject: expect.stringMatching(/^\[CRITICAL\] /),
        // Told without the console: whose money, and how much.
        text: expect.stringMatching(
          new RegExp(`BALANCE of wallet ${walletId}: expected 10.00 EUR, found 10.50 EUR .\\+0.50`),
        ),
      });
      await run();
      expect(await judged()).toHaveLength(1);
      await vi.waitFor(async () => {
        expect((await api.get('/api/alerts')).items).toMatchObject([
          { alertType: 'LEDGER_INCONSISTENCY', severity: 'CRITICAL', status: 'SENT', recipients: ['ops@example.com'] },
        ]);
      }, patiently);
      await sql('UPDATE wallets SET balance = balance - 0.5 WHERE wallet_id = $1', [walletId]);
      expect((await run()).findings).toEqual([]);
    } finally {
      await workers.stop();
      await inbox.close();
    }
  }, 60_000);
});
