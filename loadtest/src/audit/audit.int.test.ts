import { randomUUID } from 'node:crypto';
import { canonicalJson } from '@smart-wallet/engine/contract/digest.js';
import { partitionOf } from '@smart-wallet/engine/contract/partition.js';
import { approvalKey } from '@smart-wallet/engine/contract/request-hash.js';
import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registerWriter, type WriterState, writeBatch } from '../ledger/batch-writer.js';
import type { LedgerChange, LedgerTransaction } from '../ledger/ledger-batch.js';
import { type Acknowledged, audit } from './audit.js';
import type { CheckName } from './report.js';
import { atomicBatch, change, fundingWallet, transfer } from './testing/asked.js';
import { auditFalsified, failing, rechain, reseal } from './testing/forge.js';

/** money-audit.int.test.ts has books for them. */
const ofMoneyOperations: CheckName[] = ['holds', 'refunds', 'reversals-recorded', 'limits-kept'];
const partitions = Array.from({ length: 64 }, (_, i) => i);

let books: ScratchDatabase;
let acknowledged: Acknowledged[];

beforeAll(async () => {
  books = await createScratchDatabase('audit');
  acknowledged = await withClient(books.url, writeBooks);
});

afterAll(() => books?.drop());

test('a ledger of deposits, payments, failures, an atomic batch and a takeover is clean', async () => {
  const report = await audit(books.url, { acknowledged });
  expect(report.checks.filter((check) => check.findingCount > 0)).toEqual([]);
  expect(report.clean).toBe(true);
  const { hostname, port, username } = new URL(books.url);
  expect(report.database).toEqual({ host: hostname, port: Number(port), name: books.name, role: username });
  expect(report.transactions).toBe(acknowledged.length);
  for (const check of report.checks) {
    if (!ofMoneyOperations.includes(check.name)) expect(check.looked, check.name).toBeGreaterThan(0);
  }
});

/**
 * Each falsifies the books in one way, without the constraints that would stop it, and seals the batches again: a forger
 * who recomputes digests, roots and chains is still caught by the one check that is named.
 */
const falsifications: [what: string, checks: CheckName[], sql: string][] = [
  // No pair can do this: entries always cancel out, so a total is off only when a wallet is.
  [
    'money from nowhere',
    ['currency-totals', 'wallet-balances'],
    'UPDATE wallets SET balance = balance + 1 WHERE wallet_id = $A',
  ],
  [
    'a balance that is not its entries',
    ['wallet-balances'],
    'UPDATE wallets SET balance = balance + CASE WHEN wallet_id = $A THEN 1 ELSE -1 END WHERE wallet_id IN ($A, $B)',
  ],
  [
    'an entry number that is not its entries',
    ['wallet-balances'],
    'UPDATE wallets SET entry_no = entry_no + 1 WHERE wallet_id = $A',
  ],
  [
    'a hole in the entry numbers',
    ['entry-numbers'],
    'UPDATE transactions SET sender_entry_no = sender_entry_no + 1 WHERE transaction_id = $LAST',
  ],
  [
    'a duplicate entry number',
    ['entry-numbers'],
    'UPDATE transactions SET sender_entry_no = sender_entry_no - 1 WHERE transaction_id = $LAST',
  ],
  [
    'a balance_after that does not chain',
    ['balance-chain'],
    'UPDATE transactions SET sender_balance_after = sender_balance_after + 0.01 WHERE transaction_id = $LAST',
  ],
  [
    'time that runs backwards',
    ['entry-times'],
    `UPDATE transactions SET created_at = created_at - interval '1 second' WHERE (worker_id, batch_seq) = (SELECT worker_id, batch_seq FROM transactions WHERE transaction_id = $LAST);
     UPDATE ledger_batches SET created_at = created_at - interval '1 second' WHERE $LAST = ANY (transaction_ids);
     UPDATE partition_takeovers SET taken_at = taken_at - interval '1 hour'`,
  ],
  ['a floor broken by an entry', ['floors', 'limits'], 'UPDATE wallets SET floor = balance WHERE wallet_id = $B'],
  ['a floor broken by a hold', ['floors', 'held'], 'UPDATE wallets SET held = balance + 1 WHERE wallet_id = $A'],
  ['a closed wallet with money', ['floors'], `UPDATE wallets SET status = 'CLOSED' WHERE wallet_id = $A`],
  ['a transaction without its key', ['keys'], 'DELETE FROM idempotency_keys WHERE transaction_id = $LAST'],
  [
    'a key without its transaction',
    ['keys'],
    'INSERT INTO idempotency_keys VALUES (gen_random_uuid(), gen_random_uuid())',
  ],
  [
    'a key digest of another key',
    ['keys'],
    'UPDATE idempotency_keys SET key_digest = gen_random_uuid() WHERE transaction_id = $LAST',
  ],
  [
    'an atomic batch without its key',
    ['keys'],
    `DELETE FROM idempotency_keys WHERE outcome_kind = 'ATOMIC_BATCH' AND outcome_id = (SELECT atomic_batch_id FROM atomic_batches WHERE NOT items_keyed)`,
  ],
  [
    'the key of an atomic batch that names one payment',
    ['keys'],
    `UPDATE idempotency_keys SET outcome_kind = 'TRANSACTION' WHERE outcome_kind = 'ATOMIC_BATCH'`,
  ],
  [
    'a wallet\u2019s key that names no wallet',
    ['keys'],
    `UPDATE idempotency_keys SET outcome_id = gen_random_uuid() WHERE outcome_kind = 'WALLET'`,
  ],
  [
    'an approval\u2019s key that names another',
    ['approvals', 'keys'],
    `UPDATE idempotency_keys SET outcome_id = gen_random_uuid() WHERE outcome_kind = 'APPROVAL'`,
  ],
  ['a payment that nobody approved', ['approvals'], `UPDATE approvals SET result = NULL, status = 'PENDING'`],
  [
    'a token that moves money and that nobody approved',
    ['approvals'],
    `INSERT INTO api_tokens (token_id, role, caller, minted_by, created_at, expires_at)
       VALUES (gen_random_uuid(), 'service', 'shop', 'user:x', now(), now())`,
  ],
  ['a payment that its asker approved', ['approvals'], 'UPDATE approvals SET decided_user_id = requested_user_id'],
  [
    'a payment of more than was approved',
    ['approvals'],
    `UPDATE approvals SET payload = payload || '{"amount": "2.00"}'`,
  ],
  [
    'an approval that says it made something else',
    ['approvals'],
    `UPDATE approvals SET result = jsonb_build_object('transactionIds', jsonb_build_array($LAST::text))`,
  ],
  [
    'an operator whom nobody else agreed to',
    ['approvals'],
    `UPDATE approvals SET decided_user_id = requested_user_id WHERE action = 'USER_CREATE'`,
  ],
  [
    'an operator who was to be a viewer',
    ['approvals'],
    `UPDATE approvals SET payload = payload || '{"role": "viewer"}' WHERE action = 'USER_CREATE'`,
  ],
  [
    'an approval that says it made another user',
    ['approvals'],
    `UPDATE approvals SET result = jsonb_build_object('userId', gen_random_uuid()) WHERE action = 'USER_CREATE'`,
  ],
  ['a change without its key', ['keys'], `DELETE FROM idempotency_keys WHERE outcome_kind = 'CHANGE'`],
  [
    'a hole in the events',
    ['event-sequences'],
    'UPDATE ledger_batches SET event_first_sequences[1] = event_first_sequences[1] + 1 WHERE $LAST = ANY (transaction_ids)',
  ],
  [
    'an owner that counted other events',
    ['event-sequences'],
    'UPDATE engine_workers SET event_sequences[1] = event_sequences[1] + 1 WHERE protocol = 2',
  ],
  ['a failure without its row', ['failures'], 'DELETE FROM transaction_failures'],
  [
    'a failure row with another code',
    ['failures'],
    `UPDATE transaction_failures SET failure_code = 'WALLET_NOT_ACTIVE'`,
  ],
  [
    'a failure row of a success',
    ['failures'],
    `INSERT INTO transaction_failures (transaction_id, failure_code, category, created_at) VALUES ($LAST, 'X', 'Y', now())`,
  ],
  [
    'a success that moved nothing',
    ['failures'],
    `UPDATE transactions SET status = 'SUCCESS', failure_code = NULL WHERE failure_reason = 'too little'; DELETE FROM transaction_failures;
     UPDATE ledger_batches SET figures = figures || '{"succeeded": 3, "failed": 0, "failuresByCode": {}, "countByKind": {"PAYMENT": 3}, "sumByCurrency": {"EUR": "1000030000"}, "countByCurrency": {"EUR": 3}}' WHERE (figures->>'failed')::int > 0 AND (figures->>'succeeded')::int > 0`,
  ],
  [
    'a failure that moved money',
    ['failures'],
    `UPDATE transactions SET sender_balance_after = 1 WHERE status = 'FAILED'`,
  ],
  [
    'a kind that nobody knows, and takes for moved money',
    ['batch-figures', 'kinds'],
    `ALTER TYPE transaction_kind RENAME VALUE 'REVERSAL' TO 'GIFT'; UPDATE transactions SET kind = 'GIFT' WHERE transaction_id = $LAST;
     UPDATE ledger_batches SET figures = jsonb_set(figures, '{countByKind}', '{"PAYMENT": 1, "GIFT": 1}') WHERE $LAST = ANY (transaction_ids)`,
  ],
  [
    'a pair across two currencies',
    ['pairs', 'wallet-creations'],
    `UPDATE wallets SET currency = 'USD' WHERE wallet_id = (SELECT wallet_id FROM wallets w WHERE balance = 0 AND entry_no > 0 LIMIT 1)`,
  ],
  [
    'a pair with itself',
    ['pairs', 'request-hashes'],
    `UPDATE transactions SET receiver_wallet_id = sender_wallet_id WHERE status = 'FAILED'`,
  ],
  [
    'a hole in the epochs',
    ['ownership'],
    'UPDATE partition_takeovers SET epoch = epoch + 1 WHERE epoch = 2; UPDATE partitions SET epoch = epoch + 1 WHERE epoch = 2',
  ],
  ['an epoch never taken', ['ownership'], 'UPDATE partitions SET epoch = epoch + 1 WHERE id = 3'],
  [
    'a batch of a former owner after the takeover',
    ['ownership'],
    'UPDATE partition_takeovers SET from_batch_seq = from_batch_seq - 1 WHERE from_batch_seq > 0',
  ],
  [
    'a batch before its engine held the partition',
    ['ownership'],
    `UPDATE partition_takeovers SET taken_at = now() + interval '1 hour' WHERE epoch = 2`,
  ],
  [
    'a batch that lists a transaction twice',
    ['batch-rows'],
    `UPDATE ledger_batches SET transaction_ids = transaction_ids || transaction_ids[1] WHERE $LAST = ANY (transaction_ids)`,
  ],
  [
    'a transaction in no batch',
    ['batch-rows'],
    `UPDATE ledger_batches SET transaction_ids = '{}', latency = '{0}', figures = (SELECT figures FROM ledger_batches WHERE transaction_ids = '{}' LIMIT 1) WHERE $LAST = ANY (transaction_ids)`,
  ],
  [
    'a batch that lists what is not there',
    ['batch-rows'],
    'UPDATE ledger_batches SET transaction_ids = transaction_ids || gen_random_uuid() WHERE $LAST = ANY (transaction_ids)',
  ],
  [
    'a transaction that names another batch',
    ['batch-rows', 'event-sequences'],
    `UPDATE transactions SET batch_seq = 1 WHERE transaction_id = $LAST`,
  ],
  ['an engine that is not at its last batch', ['batch-rows'], 'UPDATE engine_workers SET batch_seq = batch_seq + 1'],
  [
    'figures that count too much',
    ['batch-figures'],
    `UPDATE ledger_batches SET figures = jsonb_set(figures, '{succeeded}', '999') WHERE $LAST = ANY (transaction_ids)`,
  ],
  [
    'figures that add up wrongly',
    ['batch-figures'],
    `UPDATE ledger_batches SET figures = jsonb_set(figures, '{sumByCurrency,EUR}', '"1"') WHERE $LAST = ANY (transaction_ids)`,
  ],
  [
    'a forged count by currency',
    ['batch-figures'],
    `UPDATE ledger_batches SET figures = jsonb_set(figures, '{countByCurrency}', '{"EUR": 9}') WHERE $LAST = ANY (transaction_ids)`,
  ],
  [
    'a histogram that misses one',
    ['batch-figures'],
    `UPDATE ledger_batches SET latency[1] = latency[1] + 1 WHERE $LAST = ANY (transaction_ids)`,
  ],
  [
    'an altered reference',
    ['request-hashes'],
    `UPDATE transactions SET reference = 'altered' WHERE transaction_id = $LAST`,
  ],
  [
    'an altered reference within an atomic batch',
    ['request-hashes'],
    `UPDATE transactions SET reference = 'altered' WHERE idempotency_key = 'atomic#1'`,
  ],
];

/** What no other check would see, since it is only sealed. */
const sealedOnly: [what: string, check: CheckName, sql: string][] = [
  [
    'an altered failure reason',
    'merkle-roots',
    `UPDATE transactions SET failure_reason = 'altered' WHERE failure_reason = 'too | little'`,
  ],
  [
    'an altered parent',
    'merkle-roots',
    'UPDATE transactions SET parent_transaction_id = $LAST WHERE parent_transaction_id IS NOT NULL',
  ],
  [
    'an altered time of asking',
    'merkle-roots',
    `UPDATE transactions SET initiated_at = initiated_at - interval '1 second' WHERE transaction_id = $LAST`,
  ],
  [
    'an altered time of processing',
    'merkle-roots',
    `UPDATE transactions SET processing_at = processing_at - interval '1 second' WHERE transaction_id = $LAST`,
  ],
  [
    'an altered change of status',
    'status-changes',
    `UPDATE audit_log SET detail = jsonb_set(detail, '{reason}', '"altered"') WHERE audit_id = (SELECT max(audit_id) FROM audit_log WHERE change_id IS NOT NULL)`,
  ],
  [
    'a change of status by another',
    'status-changes',
    `UPDATE audit_log SET caller = 'altered' WHERE audit_id = (SELECT min(audit_id) FROM audit_log)`,
  ],
  [
    'a change of status that nobody made',
    'status-changes',
    `INSERT INTO audit_log (caller, action, subject, detail, change_id) VALUES ('x', 'WALLET_STATUS_CHANGED', $A::text, '{}', gen_random_uuid())`,
  ],
  [
    'an altered change in its batch',
    'merkle-roots',
    `UPDATE ledger_batches SET changes = jsonb_set(changes, '{0,place}', '0') WHERE leaf_version = 2 AND changes IS NOT NULL`,
  ],
  [
    'another first event',
    'batch-digests',
    'UPDATE ledger_batches SET event_first_sequences[1] = event_first_sequences[1] + 1 WHERE leaf_version = 2 AND $LAST = ANY (transaction_ids)',
  ],
  [
    'another owner of a wallet',
    'wallet-creations',
    'UPDATE wallets SET user_id = gen_random_uuid() WHERE wallet_id = $A',
  ],
  [
    'another time of a wallet\u2019s creation',
    'wallet-creations',
    `UPDATE wallets SET created_at = created_at - interval '1 hour' WHERE wallet_id = $A`,
  ],
  ['other metadata of a wallet', 'wallet-creations', `UPDATE wallets SET metadata = NULL WHERE wallet_id = $A`],
  [
    'a wallet that nobody made',
    'wallet-creations',
    `INSERT INTO wallets (wallet_id, currency) VALUES (gen_random_uuid(), 'EUR')`,
  ],
  ['another scope of a wallet', 'wallet-creations', `UPDATE wallets SET scope = 'shop' WHERE wallet_id = $A`],
  [
    'a change of a wallet that did not begin with what it was',
    'wallet-creations',
    `INSERT INTO audit_log (caller, action, subject, detail)
     SELECT 'x', 'WALLET_CHANGED', wallet_id::text, jsonb_build_object('before', jsonb_build_object('userId', gen_random_uuid(), 'metadata', metadata),
                                                                     'after', jsonb_build_object('userId', user_id, 'metadata', metadata))
       FROM wallets WHERE wallet_id = $A`,
  ],
  [
    'a change of a wallet that is not what it is',
    'wallet-creations',
    `INSERT INTO audit_log (caller, action, subject, detail)
     SELECT 'x', 'WALLET_CHANGED', wallet_id::text, jsonb_build_object('before', jsonb_build_object('userId', user_id, 'metadata', metadata),
                                                                     'after', jsonb_build_object('userId', gen_random_uuid(), 'metadata', metadata))
       FROM wallets WHERE wallet_id = $A`,
  ],
  ['a creation cut out', 'wallet-creations', 'DELETE FROM wallet_creations WHERE wallet_id = $A'],
];

/** What breaks without the forger sealing again. */
const unsealed: [what: string, check: CheckName, sql: string][] = [
  [
    'an altered digest',
    'batch-digests',
    `UPDATE ledger_batches SET digest = sha256('x') WHERE $LAST = ANY (transaction_ids)`,
  ],
  [
    'an altered root',
    'merkle-roots',
    `UPDATE ledger_batches SET merkle_root = sha256('x') WHERE $LAST = ANY (transaction_ids)`,
  ],
  ['an altered head', 'hash-chain', 'UPDATE engine_workers SET head_hash = sha256(head_hash)'],
];

describe('the audit sees', () => {
  test.each(sealedOnly)('%s as %s', async (_, check, sql) => {
    const report = await auditFalsified(books, (client) => fill(client, sql), rechain);
    expect(failing(report)).toContain(check);
  });

  test.each(falsifications)('%s as %s', async (_, checks, sql) => {
    const report = await auditFalsified(books, (client) => fill(client, sql), reseal);
    expect(failing(report)).toEqual(checks);
  });

  test.each(unsealed)('%s as %s', async (_, check, sql) => {
    const report = await auditFalsified(
      books,
      (client) => fill(client, sql),
      check === 'hash-chain' ? async () => {} : rechain,
    );
    expect(failing(report)).toEqual([check]);
  });

  test('a batch cut out of the chain, although what follows is untouched', async () => {
    const report = await auditFalsified(
      books,
      async () => `UPDATE ledger_batches SET head_hash = sha256('x') WHERE batch_seq = 1`,
      async () => {},
    );
    expect(failing(report)).toEqual(['hash-chain']);
  });

  test.each<[string, (answer: Acknowledged) => Acknowledged[]]>([
    ['one that is not there', (answer) => [{ ...answer, transactionId: randomUUID() }]],
    ['another amount', (answer) => [{ ...answer, amount: '1.23' }]],
    ['another status', (answer) => [{ ...answer, status: 'FAILED' }]],
    ['another key', (answer) => [{ ...answer, idempotencyKey: 'other' }]],
    [
      'one key answered twice',
      (answer) => [answer, { ...(acknowledged[1] as Acknowledged), idempotencyKey: answer.idempotencyKey ?? '' }],
    ],
  ])('%s among the acknowledged', async (_, alter) => {
    const report = await audit(books.url, { acknowledged: alter(acknowledged[0] as Acknowledged) });
    expect(failing(report)).toEqual(['acknowledged']);
  });
});

/** $LAST: the last entry of wallet $A, a payment it sent to $B. */
async function fill(client: pg.Client, sql: string): Promise<string> {
  const { rows } = await client.query(
    `SELECT t.transaction_id, t.sender_wallet_id, t.receiver_wallet_id
       FROM transactions t JOIN wallets s ON s.wallet_id = t.sender_wallet_id AND s.entry_no = t.sender_entry_no
      WHERE t.idempotency_key = 'last'`,
  );
  const last = rows[0];
  return sql
    .replaceAll('$LAST', `'${last.transaction_id}'`)
    .replaceAll('$A', `'${last.sender_wallet_id}'`)
    .replaceAll('$B', `'${last.receiver_wallet_id}'`);
}

/** Small and whole books: every kind of row the checks look at. Returns what a caller would have been told. */
async function writeBooks(client: pg.Client): Promise<Acknowledged[]> {
  const told: Acknowledged[] = [];
  const wallets = Array.from({ length: 6 }, () => randomUUID());
  for (const wallet of wallets) {
    await client.query(`SELECT create_wallet_v2($1, NULL, 'EUR', 'ACTIVE', '{"a": "b"}', $1, $2, NULL)`, [
      wallet,
      randomUUID(),
    ]);
  }
  const [a, b, c, d, e, empty] = wallets as [string, string, string, string, string, string];
  const first = await registerWriter(client, 'first', partitions, 1);

  const write = async (writer: WriterState, transactions: LedgerTransaction[], changes: LedgerChange[] = []) => {
    await writeBatch(client, writer, transactions, changes);
    for (const t of transactions) {
      const amount = `${t.amount / 10_000n}.${String(t.amount % 10_000n)
        .padStart(4, '0')
        .slice(0, 2)}`;
      const id = t.transactionId as string;
      told.push({
        transactionId: id,
        ...(t.place === undefined ? { idempotencyKey: t.idempotencyKey } : {}),
        status: t.failure ? 'FAILED' : 'SUCCESS',
        amount,
        currency: t.currency,
      });
    }
  };

  const deposits: LedgerTransaction[] = [];
  for (const wallet of [a, b, c, d, e]) {
    const funding = await fundingWallet(client, partitionOf(wallet, 64));
    deposits.push(transfer('DEPOSIT', funding, wallet, 1_000_0000n, { description: 'ä "quoted" \\ text' }));
  }
  await write(first, deposits);
  await write(first, [
    transfer('PAYMENT', a, b, 12_5000n, {
      metadata: canonicalJson({ b: [1, { z: null, y: 'é' }], '10': 1, a: -1.5e30 }),
    }),
    transfer('PAYMENT', b, a, 100n, { reference: 'r' }),
    transfer('PAYMENT', c, empty, 5_0000n),
    transfer('PAYMENT', empty, c, 5_0000n),
  ]);
  await write(
    first,
    atomicBatch('atomic', [
      [a, c, 1_0000n],
      [b, c, 2_0000n],
      [d, e, 3_0000n],
    ]),
  );
  await write(first, [
    transfer('PAYMENT', d, e, 100_000_0000n, {
      failure: { code: 'INSUFFICIENT_FUNDS', reason: 'too little', category: 'FUNDS' },
    }),
    transfer('PAYMENT', d, c, 1_0000n),
    transfer('PAYMENT', e, c, 2_0000n),
  ]);
  await write(first, [], [change(e, 'ACTIVE', 'SUSPENDED')]);
  const withdrawal = transfer('WITHDRAWAL', c, await fundingWallet(client, partitionOf(c, 64)), 7_0000n);
  const second = await registerWriter(client, 'second', partitions);
  await write(second, [withdrawal], [change(e, 'SUSPENDED', 'ACTIVE', 1), change(e, 'ACTIVE', 'ACTIVE', 1)]);
  await write(
    second,
    atomicBatch('new-atomic', [
      [a, c, 1_0000n],
      [b, c, 2_0000n],
    ]),
  );
  await write(second, [
    transfer('PAYMENT', d, e, 100_000_0000n, {
      failure: { code: 'INSUFFICIENT_FUNDS', reason: 'too | little', category: 'FUNDS' },
      parentTransactionId: withdrawal.transactionId as string,
    }),
  ]);
  await write(second, [transfer('PAYMENT', b, d, 1_0000n)]);
  await approved(client, 'USER_CREATE', {
    userId: randomUUID(),
    email: 'new@example.com',
    name: 'n',
    role: 'operator',
  });
  const approvalId = await approved(client, 'PAYMENT', {
    senderWalletId: a,
    receiverWalletId: b,
    amount: '3.00',
    currency: 'EUR',
  });
  const ofApproval = transfer('PAYMENT', a, b, 3_0000n, approvalKey(approvalId));
  await write(second, [ofApproval, transfer('PAYMENT', a, b, 3_0000n, { idempotencyKey: 'last' })]);
  await client.query('SELECT finish_approval($1, $2)', [approvalId, { transactionIds: [ofApproval.transactionId] }]);
  await write(second, []);
  return told;
}

/** Asked for by one person and approved by another one. */
async function approved(client: pg.Client, action: string, payload: object): Promise<string> {
  const [approvalId, asker, decider] = [randomUUID(), randomUUID(), randomUUID()] as [string, string, string];
  for (const user of [asker, decider]) {
    await client.query(`INSERT INTO ops_users (user_id, email, name, role) VALUES ($1, $2, 'n', 'admin')`, [
      user,
      user,
    ]);
  }
  await client.query(
    `SELECT request_approval($1, $5, 's', $2, '{}', repeat('0', 64), 2, NULL, $3, $3, 'asker', $4, '{admin}', NULL, NULL, '1 h', 9, 9, 't')`,
    [approvalId, payload, randomUUID(), asker, action],
  );
  await client.query(`SELECT decide_approval($1, true, repeat('0', 64), 'decider', $2, NULL, '1 s', 't')`, [
    ...[approvalId, decider],
  ]);
  return approvalId;
}
