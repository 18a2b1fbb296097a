import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { keyDigest } from '@smart-wallet/engine/contract/digest.js';
import { partitionOf } from '@smart-wallet/engine/contract/partition.js';
import { atomicRequestHash, requestHash } from '@smart-wallet/engine/contract/request-hash.js';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, expect, test } from 'vitest';
import { audit } from '../audit/audit.js';
import { writeMoneyBooks } from '../audit/testing/money-books.js';
import { registerWriter, writeBatch } from './batch-writer.js';
import type { LedgerTransaction } from './ledger-batch.js';

const folder = new URL('../../../engine/migrations/', import.meta.url);
const caller = 'tests';

const opened: { url: string; client: pg.Client }[] = [];

/** A database as it was before a migration. */
async function openBefore(first: string): Promise<{ url: string; client: pg.Client }> {
  const name = `migrations_${randomUUID().slice(0, 8)}`;
  await asAdmin(`CREATE DATABASE ${name}`);
  const url = Object.assign(new URL(process.env.TEST_DATABASE_URL ?? ''), { pathname: `/${name}` }).href;
  const client = new pg.Client(url);
  opened.push({ url, client });
  await client.connect();
  await migrate(client, (file) => file < first);
  return { url, client };
}

afterAll(async () => {
  for (const { url, client } of opened) {
    await client.end();
    await asAdmin(`DROP DATABASE IF EXISTS ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
  }
});

async function asAdmin(sql: string): Promise<void> {
  const admin = new pg.Client(process.env.TEST_DATABASE_URL);
  await admin.connect();
  await admin.query(sql);
  await admin.end();
}

async function migrate(client: pg.Client, which: (file: string) => boolean): Promise<void> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql') && which(file)).sort();
  for (const file of files) await client.query(await readFile(new URL(file, folder), 'utf8'));
}

const description = 'a "b" \\ \u00e4';

function termsOf(senderWalletId: string, receiverWalletId: string, metadata: string | null) {
  const kind = 'PAYMENT' as const;
  return {
    kind,
    senderWalletId,
    receiverWalletId,
    amount: '1',
    currency: 'EUR',
    reference: null,
    description,
    metadata,
  };
}

function payment(sender: string, receiver: string, key: string, metadata: string | null = null): LedgerTransaction {
  const terms = termsOf(sender, receiver, metadata);
  return {
    ...terms,
    transactionId: uuidv7(),
    amount: 1n,
    caller,
    idempotencyKey: key,
    keyDigest: keyDigest(caller, key),
    requestHash: requestHash(terms),
    partition: partitionOf(sender, 64),
    initiatedAtMs: Date.now(),
  };
}

function atomicBatch(sender: string, receiver: string, key: string, count: number): LedgerTransaction[] {
  const payments = Array.from({ length: count }, () => payment(sender, receiver, key));
  const hash = atomicRequestHash(payments.map((t) => termsOf(t.senderWalletId, t.receiverWalletId, null)));
  return payments.map((t, place) => ({ ...t, place, requestHash: hash }));
}

const filenodes = `SELECT relname, pg_relation_filenode(c.oid) AS file FROM pg_class c
                    WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace
                      AND (relname LIKE 'wallets%' OR relname LIKE 'transactions\\_%' OR relname LIKE 'idempotency%') ORDER BY 1`;

test('old data: no table is rewritten, K of each atomic batch is reserved, single payments keep their keys, old plans go on', async () => {
  const { url, client } = await openBefore('006');
  const [a, b] = [uuidv7(), uuidv7()];
  for (const id of [a, b]) await client.query(`SELECT create_wallet($1, NULL, 'EUR', 'ACTIVE', NULL, NULL)`, [id]);
  let source = uuidv7();
  while (partitionOf(source, 64) !== partitionOf(a, 64)) source = uuidv7();
  await client.query('SELECT ensure_funding_wallet($1, $2, $3::smallint)', [source, 'EUR', partitionOf(a, 64)]);
  const writer = await registerWriter(
    client,
    'before',
    Array.from({ length: 64 }, (_, i) => i),
    1,
  );
  const request = {
    kind: 'DEPOSIT' as const,
    senderWalletId: null,
    receiverWalletId: a,
    amount: 100n,
    currency: 'EUR',
    reference: null,
    description: null,
    metadata: null,
  };
  await writeBatch(client, writer, [
    {
      ...payment(source, a, 'deposit'),
      kind: 'DEPOSIT',
      description: null,
      amount: 100n,
      requestHash: requestHash({ ...request, amount: String(request.amount) }),
      partition: partitionOf(a, 64),
    },
  ]);
  const items = atomicBatch(a, b, 'batch', 12);
  const taken = atomicBatch(a, b, 'taken', 2);
  const plain = [
    payment(a, b, 'plain#0'),
    payment(a, b, 'plain2#0', '{"a":[1,{"b":"\u00e4"}],"z":null}'),
    payment(a, b, 'taken'),
  ];
  await writeBatch(client, writer, [...items, ...plain]);
  await writeBatch(client, writer, taken);
  // The batch of one payment, as old gateways read it.
  const oldRead = (digest: string) =>
    client.query({
      name: 'old-read',
      text: 'SELECT k.key_digest, t.transaction_id FROM idempotency_keys k JOIN transactions t USING (transaction_id) WHERE k.key_digest = $1',
      values: [digest],
    });
  await oldRead(keyDigest(caller, 'deposit'));
  const { rows: before } = await client.query(filenodes);
  await migrate(client, (file) => file >= '006');
  const { rows: after } = await client.query(filenodes);
  expect(after.filter(({ relname }) => before.some((row) => row.relname === relname))).toEqual(before);

  const kept = await client.query('SELECT outcome_kind, outcome_id FROM idempotency_keys WHERE key_digest = $1', [
    keyDigest(caller, 'taken'),
  ]);
  expect(kept.rows).toEqual([{ outcome_kind: 'TRANSACTION', outcome_id: plain[2]?.transactionId }]);
  const batches = await client.query(
    'SELECT atomic_batch_id, idempotency_key, transaction_ids, items_keyed FROM atomic_batches',
  );
  const ids = items.map((item) => item.transactionId);
  expect(batches.rows).toEqual([
    { atomic_batch_id: ids[0], idempotency_key: 'batch', transaction_ids: ids, items_keyed: true },
  ]);
  expect((await oldRead(keyDigest(caller, 'batch'))).rows).toEqual([
    expect.objectContaining({ transaction_id: ids[0] }),
  ]);
  const { rows: unchecked } = await client.query('SELECT conname FROM pg_constraint WHERE NOT convalidated');
  expect(unchecked).toEqual([]);
  for (const version of [1, 2] as const) {
    const next = await registerWriter(
      client,
      'after',
      Array.from({ length: 64 }, (_, i) => i),
      version,
    );
    await expect(writeBatch(client, next, [payment(a, b, 'batch')])).rejects.toMatchObject({
      code: version === 1 ? '23505' : 'SW005',
    });
    await writeBatch(client, next, [payment(a, b, randomUUID())]);
  }
  const report = await audit(url);
  expect(report.checks.filter((check) => check.findingCount > 0)).toEqual([]);
});

test('reversals of before the audit log had them get their rows, and those that come while they are looked for', async () => {
  const { url, client } = await openBefore('025');
  await writeMoneyBooks(client);
  const recorded = async () => {
    const { rows } = await client.query(
      `SELECT count(*)::int AS n FROM audit_log WHERE action = 'TRANSACTION_REVERSED'`,
    );
    return rows[0].n;
  };
  expect(await recorded()).toBe(0);
  // As if one had come while the older ones were looked for: what is seen only behind the lock.
  const sql = await readFile(new URL('025_audit_log.sql', folder), 'utf8');
  const [early, late] = sql.split('CREATE CONSTRAINT TRIGGER refund_totals_reversals') as [string, string];
  await client.query('BEGIN');
  await client.query(early);
  expect(await recorded()).toBe(2);
  await client.query(`UPDATE ledger_batches SET created_at = now() WHERE figures->'countByKind' ? 'REVERSAL'`);
  await client.query(`DELETE FROM audit_log WHERE audit_id = (SELECT max(audit_id) FROM audit_log)`);
  await client.query(`CREATE CONSTRAINT TRIGGER refund_totals_reversals${late}`);
  expect(await recorded()).toBe(2);
  await client.query('ROLLBACK');
  await migrate(client, (file) => file >= '025');
  expect(await recorded()).toBe(2);
  const report = await audit(url);
  expect(report.checks.filter((check) => check.findingCount > 0)).toEqual([]);
});
