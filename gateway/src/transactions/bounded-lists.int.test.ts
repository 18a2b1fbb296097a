import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCursor } from '../http/cursor.js';
import type { Page } from '../http/page.js';
import { type ListDatabase, openListDatabase } from '../storage/list-database.js';
import { busyPartner, busyUser, busyWallet, writeManyTransactions } from '../testing/many-transactions.js';
import { openScratch, type Scratch } from '../testing/scratch.js';
import { touchedBy } from '../testing/touched-rows.js';
import { listWallets } from '../wallets/list-wallets.js';
import { walletFilters } from '../wallets/wallet-requests.js';
import { listTransactions } from './list-transactions.js';
import { transactionFilters } from './transaction-filters.js';
import { listWalletTransactions } from './wallet-transactions.js';

const count = 6_000;
const everyMs = 1_000;
const rowsMax = 500;

let scratch: Scratch;
let owner: pg.Pool;
let database: ListDatabase;
let lastMs: number;

beforeAll(async () => {
  scratch = await openScratch();
  owner = new pg.Pool({ connectionString: scratch.database.url, max: 2 });
  database = openListDatabase({ databaseUrl: scratch.database.urlAs('wallet_gateway') }, pino({ level: 'silent' }));
  await writeManyTransactions(owner, { count, quietPairs: 700, everyMs });
  lastMs = Date.now();
});
afterAll(async () => {
  await database?.end();
  await owner?.end();
  await scratch?.database.drop();
});

type Query = Record<string, string>;
type Read = (query: Query) => Promise<Page<unknown>>;

const transactions: Read = (query) => {
  const filters = transactionFilters.parse(query);
  const { walletId } = filters;
  return walletId === undefined
    ? listTransactions(database, null, filters, rowsMax)
    : listWalletTransactions(database, null, { ...filters, walletId }, rowsMax);
};
const wallets: Read = (query) => listWallets(database, null, walletFilters.parse(query), rowsMax);

/** Every page to the end. */
async function pagesOf(read: Read, query: Query): Promise<unknown[][]> {
  const pages: unknown[][] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await read(cursor === undefined ? query : { ...query, cursor });
    pages.push(page.rows);
    if (page.next === null) return pages;
    expect(pages.length).toBeLessThan(200);
    const filters = read === wallets ? walletFilters.parse(query) : transactionFilters.parse(query);
    cursor = writeCursor(page.next, filters);
  }
}

const ago = (ms: number) => new Date(lastMs - ms).toISOString();
const idsOf = (pages: unknown[][]) => pages.flat().map((row) => (row as { transaction_id: string }).transaction_id);

/** What the table says, without any of the code that is tested. */
async function idsInTable(where: string): Promise<string[]> {
  const { rows } = await owner.query<{ transaction_id: string }>(
    `SELECT transaction_id FROM transactions WHERE ${where} ORDER BY created_at DESC, transaction_id DESC`,
  );
  return rows.map((row) => row.transaction_id);
}

describe('a list that little matches', () => {
  it.each<[string, Query, string]>([
    ['nothing is of a kind', { kind: 'HOLD' }, 'false'],
    ['nothing is in a currency', { currency: 'USD', status: 'SUCCESS' }, 'false'],
    ['failures of a kind', { kind: 'HOLD', status: 'FAILED' }, 'false'],
    ['failures', { status: 'FAILED', limit: '7' }, `status = 'FAILED'`],
    ['everything', { limit: '200' }, 'true'],
    ['a minute', { from: 'F', to: 'T', limit: '7' }, 'T'],
    ['a wallet and a kind', { walletId: busyWallet, kind: 'HOLD' }, 'false'],
    ['a wallet and a currency', { walletId: busyPartner, currency: 'USD', status: 'SUCCESS' }, 'false'],
    [
      'a wallet and its failures',
      { walletId: busyWallet, status: 'FAILED', kind: 'PAYMENT', limit: '3' },
      `status = 'FAILED'`,
    ],
    [
      'a wallet and its only kind',
      { walletId: busyWallet, kind: 'PAYMENT', limit: '50' },
      `sender_wallet_id = '${busyWallet}' OR receiver_wallet_id = '${busyWallet}'`,
    ],
    [
      'a wallet and a time',
      { walletId: busyWallet, from: 'F', to: 'T', limit: '5' },
      `(sender_wallet_id = '${busyWallet}' OR receiver_wallet_id = '${busyWallet}') AND T`,
    ],
  ])('has all there is, in order: %s', async (_, query, where) => {
    const [from, to] = [ago(2_000_000), ago(1_900_000)];
    const asked = Object.fromEntries(
      Object.entries(query).map(([name, value]) => [name, value === 'F' ? from : value === 'T' ? to : value]),
    );
    const expected = await idsInTable(where.replace(/\bT$/, `created_at >= '${from}' AND created_at < '${to}'`));
    expect(idsOf(await pagesOf(transactions, asked))).toEqual(expected);
  });

  it('answers empty pages with a cursor, and none at the end alone', async () => {
    const pages = await pagesOf(transactions, { kind: 'HOLD' });
    expect(pages).toHaveLength(count / rowsMax + 1);
    expect(pages.flat()).toEqual([]);
  });

  it('shows a failure of a wallet before older payments, however far its payments were read', async () => {
    // The failures are 1,000 rows apart, the payments that match none at all.
    const pages = await pagesOf(transactions, { walletId: busyWallet, currency: 'EUR', limit: '20' });
    expect(idsOf(pages)).toEqual(await idsInTable(`'${busyWallet}' IN (sender_wallet_id, receiver_wallet_id)`));
  });

  it('of wallets is the same', async () => {
    expect((await pagesOf(wallets, { currency: 'USD' })).flat()).toEqual([]);
    expect((await pagesOf(wallets, { status: 'ACTIVE', limit: '200' })).flat()).toHaveLength(1_402);
    expect((await pagesOf(wallets, { userId: busyUser, limit: '200' })).flat()).toHaveLength(700);
  });

  it('of a user with very many wallets is one too', async () => {
    const { rows } = await owner.query<{ user_id: string }>(
      `INSERT INTO wallets (wallet_id, user_id, currency, status)
       SELECT gen_random_uuid(), '00000000-0000-4000-8000-0000000000fe', 'EUR', 'ACTIVE' FROM generate_series(1, 2100) RETURNING user_id`,
    );
    const userId = rows[0]?.user_id as string;
    const ids = (await pagesOf(wallets, { userId, limit: '200' }))
      .flat()
      .map((row) => (row as { wallet_id: string }).wallet_id);
    expect(new Set(ids).size).toBe(2_100);
    expect(ids).toHaveLength(2_100);
    expect((await pagesOf(wallets, { userId, currency: 'USD' })).flat()).toEqual([]);
  });
});

describe.each(['never analyzed', 'analyzed'])('a page (statistics: %s)', (statistics) => {
  beforeAll(async () => {
    if (statistics === 'analyzed') await owner.query('ANALYZE');
  });

  it.each<[string, Read, Query, number]>([
    ['kind', transactions, { kind: 'HOLD' }, 2 * rowsMax],
    ['currency', transactions, { currency: 'USD' }, 2 * rowsMax],
    ['status and kind', transactions, { status: 'SUCCESS', kind: 'HOLD' }, 2 * rowsMax],
    ['failures and kind', transactions, { status: 'FAILED', kind: 'HOLD' }, 2 * rowsMax],
    ['nothing', transactions, {}, 51],
    ['failures', transactions, { status: 'FAILED' }, 51],
    ['from and to', transactions, { from: 'F', to: 'T' }, 2 * rowsMax],
    ['wallet', transactions, { walletId: busyWallet }, 250],
    ['wallet and kind', transactions, { walletId: busyWallet, kind: 'HOLD' }, 6 * rowsMax],
    ['wallet and times', transactions, { walletId: busyWallet, from: 'F', to: 'T' }, 6 * rowsMax],
    ['wallets’ currency', wallets, { currency: 'USD' }, 2 * rowsMax],
    ['wallets’ status', wallets, { status: 'CLOSED' }, 2 * rowsMax],
    ['wallets of no user', wallets, { userId: busyWallet }, 10],
    ['funding wallets', wallets, { kind: 'FUNDING' }, 10],
  ])('looks at a bounded number of rows, along an index: %s', async (_, read, query, most) => {
    const asked = Object.fromEntries(
      Object.entries(query).map(([name, value]) => [
        name,
        value === 'F' ? ago(3_000_000) : value === 'T' ? ago(1_000_000) : value,
      ]),
    );
    const touched = await touchedBy(database, () => read(asked));
    expect(touched.rows).toBeLessThanOrEqual(most);
    expect([...touched.nodes].filter((node) => node.includes('Seq Scan'))).toEqual([]);
  });
});
