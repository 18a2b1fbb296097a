import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import {
  copyDatabase,
  createScratchDatabase,
  type ScratchDatabase,
} from '@smart-wallet/local-stack/scratch-database.mjs';
import { type Found, reconcile } from '@smart-wallet/workers/testing/reconcile.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from './audit.js';
import type { CheckName } from './report.js';
import { failing } from './testing/forge.js';
import { type MoneyBooks, writeMoneyBooks } from './testing/money-books.js';

/*
 * The audit and the reconciliation of the workers share no code. What a superuser changes behind the engines' back both must find, and
 * reconciliation must name it to the cent.
 */

let database: ScratchDatabase;
let books: MoneyBooks;
/** Where the payment stands that is forged. */
let batch: { engineId: string; batchSeq: string };
let third: { engineId: string; batchSeq: string; head: string };

beforeAll(async () => {
  database = await createScratchDatabase('twelve');
  books = await withClient(database.url, writeMoneyBooks);
  await withClient(database.url, async (client) => {
    const one = async (sql: string, values: unknown[]) => (await client.query(sql, values)).rows[0];
    batch = await one(
      `SELECT worker_id AS "engineId", batch_seq AS "batchSeq" FROM transactions WHERE transaction_id = $1`,
      [books.ids.paidByC],
    );
    third = await one(
      `SELECT worker_id AS "engineId", batch_seq AS "batchSeq", encode(head_hash, 'hex') AS head FROM engine_workers WHERE worker_name = $1`,
      ['third'],
    );
  });
  const run = await reconcile(database.urlAs('wallet_workers'), 'full');
  expect([run.status, run.findings]).toEqual(['CLEAN', []]);
});
afterAll(() => database?.drop());

interface Corruption {
  sql(): string;
  /** What it is, named exactly. */
  named(): Partial<Found>[];
  /** What else follows from it, by check. */
  follows: string[];
  audit: CheckName[];
}

const hex = expect.stringMatching(/^[0-9a-f]{64}$/);
const money = (
  check: string,
  what: string,
  place: Partial<Found>,
  [expected, found, delta]: [string, string, string],
) => ({
  ...{ check, what, ...place, expected, found, delta, status: 'OPEN' },
});

const twelve: Record<string, Corruption> = {
  'a balance': {
    sql: () => `UPDATE wallets SET balance = balance + 12.5 WHERE wallet_id = '${books.wallets.a}'`,
    named: () => [
      money('BALANCE', 'balance', { walletId: books.wallets.a }, ['807.00', '819.50', '12.50']),
      money('CURRENCY_SUM', 'balances', { walletId: null }, ['0.00', '12.50', '12.50']),
    ],
    follows: [],
    audit: ['currency-totals', 'wallet-balances'],
  },
  'what is held': {
    sql: () => `UPDATE wallets SET held = held + 1 WHERE wallet_id = '${books.wallets.a}'`,
    named: () => [money('HELD', 'held', { walletId: books.wallets.a }, ['5.00', '6.00', '1.00'])],
    follows: [],
    audit: ['held'],
  },
  'an amount': {
    sql: () => `UPDATE transactions SET amount = amount + 1 WHERE transaction_id = '${books.ids.paidByC}'`,
    named: () => {
      const transactionId = books.ids.paidByC;
      const { a, c } = books.wallets;
      return [
        money('BALANCE_CHAIN', 'entry 13', { walletId: a, transactionId }, ['1069.00', '1068.00', '-1.00']),
        money('BALANCE_CHAIN', 'entry 6', { walletId: c, transactionId }, ['-99.00', '-98.00', '1.00']),
        money('BALANCE', 'balance', { walletId: a }, ['808.00', '807.00', '-1.00']),
        money('BALANCE', 'balance', { walletId: c }, ['71.00', '72.00', '1.00']),
        { check: 'MERKLE_ROOT', ...batch, expected: hex, found: hex, delta: null },
      ];
    },
    follows: ['BATCH_FIGURES', 'COUNTERS'],
    audit: ['balance-chain', 'batch-figures', 'day-counters', 'merkle-roots', 'request-hashes', 'wallet-balances'],
  },
  'two entries that are swapped': {
    sql: () =>
      `UPDATE transactions SET sender_entry_no = 7 - sender_entry_no WHERE sender_wallet_id = '${books.wallets.a}' AND sender_entry_no IN (3, 4)`,
    named: () => [
      money('BALANCE_CHAIN', 'entry 3', { walletId: books.wallets.a }, ['870.00', '830.00', '-40.00']),
      money('BALANCE_CHAIN', 'entry 4', { walletId: books.wallets.a }, ['790.00', '930.00', '140.00']),
    ],
    follows: ['BATCH_DIGEST'],
    audit: ['balance-chain', 'batch-digests'],
  },
  'a pair that is deleted': {
    sql: () => `DELETE FROM transactions WHERE transaction_id = '${books.ids.paidByC}'`,
    named: () => [
      {
        ...{ check: 'MISSING_TRANSACTION', transactionId: books.ids.paidByC, ...batch },
        ...{ expected: '1', found: '0', delta: '-1' },
      },
      { check: 'ENTRY_NUMBERS', walletId: books.wallets.a, what: 'entry 13', delta: '-1' },
      { check: 'ENTRY_NUMBERS', walletId: books.wallets.c, what: 'entry 6', delta: '-1' },
      money('BALANCE', 'balance', { walletId: books.wallets.c }, ['92.00', '72.00', '-20.00']),
    ],
    follows: ['COUNTERS'],
    audit: [
      'balance-chain',
      'batch-rows',
      'day-counters',
      'entry-numbers',
      'event-sequences',
      'keys',
      'wallet-balances',
    ],
  },
  'a wallet that is deleted': {
    sql: () => `DELETE FROM wallets WHERE wallet_id = '${books.wallets.d}'`,
    named: () => [
      {
        ...{ check: 'MISSING_WALLET', walletId: books.wallets.d, transactionId: null },
        ...{ expected: '130.00', found: null, delta: '-130.00' },
      },
      money('CURRENCY_SUM', 'balances', {}, ['0.00', '-130.00', '-130.00']),
    ],
    follows: [],
    audit: ['currency-totals', 'keys', 'limits', 'pairs', 'wallet-balances', 'wallet-creations'],
  },
  'a figure of a batch': {
    sql: () =>
      `UPDATE ledger_batches SET figures = jsonb_set(figures, '{sumByCurrency,EUR}', '"200100"') WHERE '${books.ids.paidByC}' = ANY (transaction_ids)`,
    named: () => [money('BATCH_FIGURES', 'sumByCurrency.EUR', batch, ['20.00', '20.01', '0.01'])],
    follows: [],
    audit: ['batch-figures'],
  },
  'a hash of a batch': {
    sql: () =>
      `UPDATE ledger_batches SET merkle_root = sha256('forged') WHERE '${books.ids.paidByC}' = ANY (transaction_ids)`,
    named: () => [{ check: 'MERKLE_ROOT', ...batch, expected: hex, found: hex, delta: null }],
    follows: [],
    audit: ['hash-chain', 'merkle-roots'],
  },
  'a tail that is cut off': {
    // With the engine's row set back: by themselves, the rows that are left hold.
    sql: () => `
      DELETE FROM ledger_batches WHERE worker_id = '${third.engineId}';
      DELETE FROM transactions WHERE worker_id = '${third.engineId}';
      UPDATE engine_workers SET batch_seq = 0, head_hash = decode(repeat('00', 32), 'hex') WHERE worker_id = '${third.engineId}'`,
    named: () => [
      {
        ...{ check: 'CHAIN_TAIL', engineId: third.engineId, batchSeq: third.batchSeq },
        ...{ what: 'witnessed', expected: third.head, found: null, delta: null },
      },
    ],
    follows: ['BALANCE', 'COUNTERS', 'ENTRY_NUMBERS'],
    audit: ['day-counters', 'event-sequences', 'keys', 'wallet-balances'],
  },
  'a counter': {
    sql: () => `UPDATE wallets SET day_out = day_out + 1 WHERE wallet_id = '${books.wallets.c}'`,
    named: () => [money('COUNTERS', 'dayOut', { walletId: books.wallets.c }, ['20.00', '21.00', '1.00'])],
    follows: [],
    audit: ['day-counters'],
  },
  'what was paid back': {
    sql: () => `UPDATE refund_totals SET refunded = refunded - 1 WHERE transaction_id = '${books.ids.payment}'`,
    named: () => [money('REFUNDS', 'refunded', { transactionId: books.ids.payment }, ['100.00', '99.00', '-1.00'])],
    follows: [],
    audit: ['refunds'],
  },
  'a currency': {
    sql: () => `UPDATE transactions SET currency = 'USD' WHERE transaction_id = '${books.ids.paidByC}'`,
    named: () =>
      [books.wallets.a, books.wallets.c].map((walletId) => ({
        ...{ check: 'PAIR', what: 'currency', walletId, transactionId: books.ids.paidByC, ...batch },
        ...{ expected: 'EUR', found: 'USD', delta: null },
      })),
    follows: ['BATCH_FIGURES', 'MERKLE_ROOT'],
    audit: ['batch-figures', 'merkle-roots', 'pairs', 'request-hashes'],
  },
};

test.each(Object.entries(twelve))('%s is named, and the audit finds it, too', async (_, corruption) => {
  const copy = await copyDatabase(database, 'twelve_corrupted');
  try {
    await withClient(copy.url, (client) => client.query(corruption.sql()));
    const { status, findings } = await reconcile(copy.urlAs('wallet_workers'), 'full');
    const named = corruption.named();
    expect(findings).toEqual(expect.arrayContaining(named.map((each) => expect.objectContaining(each))));
    const checks = new Set([...named.map(({ check }) => check), ...corruption.follows]);
    expect([status, [...new Set(findings.map(({ check }) => check))].sort()]).toEqual(['BREAKS', [...checks].sort()]);
    expect(failing(await audit(copy.url))).toEqual(corruption.audit);
  } finally {
    await copy.drop();
  }
});
