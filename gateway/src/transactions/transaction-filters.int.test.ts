import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transactionLines } from '../exports/transaction-export.js';
import { exportFormats } from '../exports/transaction-lines.js';
import { writeCursor } from '../http/cursor.js';
import { type ListDatabase, openListDatabase } from '../storage/list-database.js';
import { ReadingPace } from '../storage/reading-pace.js';
import type { Reader } from '../storage/whose.js';
import { type LedgerRow, type RandomLedger, randomCaller, writeRandomLedger } from '../testing/random-ledger.js';
import { openScratch, type Scratch } from '../testing/scratch.js';
import { touchedBy } from '../testing/touched-rows.js';
import { pageOfTransactions } from './page-of-transactions.js';
import { totalFilters, transactionFilters } from './transaction-filters.js';
import { addUpTransactions } from './transaction-totals.js';

let scratch: Scratch;
let lists: ListDatabase;
let ledger: RandomLedger;
let random: () => number;

beforeAll(async () => {
  scratch = await openScratch();
  lists = openListDatabase({ databaseUrl: scratch.database.urlAs('wallet_gateway') }, pino({ level: 'silent' }));
  // "Never analyzed" is a state of its own only while nobody analyzes some of the tables meanwhile.
  await scratch.database.admin.query(
    `DO $$ DECLARE t regclass; BEGIN
       FOR t IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
         EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', t);
       END LOOP; END $$`,
  );
  ledger = await writeRandomLedger(scratch.database.admin, { count: 3_000, wallets: 8 });
  await scratch.database.admin.query('UPDATE wallets SET scope = $1 WHERE wallet_id = ANY ($2)', [
    bound.scope,
    boundTo(),
  ]);
  random = seededRandom(ledger.seed);
});
afterAll(async () => {
  await lists?.end();
  await scratch?.database.drop();
});

type Query = Record<string, string>;
const never = new AbortController().signal;
const pace = new ReadingPace({ commandsSent: () => 0, readers: () => 1, now: () => performance.now() });
const reader: Reader = { subject: randomCaller, scope: null };
/** Sees three of the wallets. */
const bound: Reader = { subject: randomCaller, scope: 'three' };
const boundTo = () => ledger.walletIds.slice(0, 3);
const rowsMax = { ledger: 700, wallet: 150 };
const oneOf = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;

async function walk(query: Query, who = reader): Promise<string[]> {
  const seen: string[] = [];
  const hidden = ledger.transactions.filter((row) => !isSeen(row, who)).map((row) => row.transaction_id);
  for (let cursor: string | undefined; ; ) {
    const filters = transactionFilters.parse(cursor === undefined ? query : { ...query, cursor });
    const page = await pageOfTransactions(lists, who, filters, rowsMax);
    expect(page.rows.length).toBeLessThanOrEqual(Number(query.limit));
    seen.push(...page.rows.map((row) => row.transaction_id));
    // Where a page ends at another's row, its id is not told.
    expect(hidden.filter((id) => JSON.stringify(page.next).includes(id))).toEqual([]);
    if (page.next === null) return seen;
    cursor = writeCursor(page.next, filters);
  }
}

function isSeen({ sender_wallet_id, receiver_wallet_id }: LedgerRow, { scope }: Reader): boolean {
  return scope === null || [sender_wallet_id, receiver_wallet_id].some((id) => boundTo().includes(id));
}

/** A wallet or a parent that is not seen has nothing, not even what it shares with a wallet that is. */
function namesSeen({ walletId, parentTransactionId }: Query, who: Reader): boolean {
  if (who.scope === null) return true;
  if (walletId !== undefined && !boundTo().includes(walletId)) return false;
  return (
    parentTransactionId === undefined ||
    ledger.transactions.some((row) => row.transaction_id === parentTransactionId && isSeen(row, who))
  );
}

const chosen = (query: Query, who = reader) =>
  ledger.transactions.filter((row) => isSeen(row, who) && namesSeen(query, who) && matches(row, query));

/** What a naive reader of all rows would choose. */
function matches(row: LedgerRow, query: Query): boolean {
  const { walletId, status, kind, failureCode, minAmount, maxAmount, from, to, reference } = query;
  return (
    (!walletId || row.sender_wallet_id === walletId || row.receiver_wallet_id === walletId) &&
    (!status || row.status === status) &&
    (!kind || row.kind === kind) &&
    (!failureCode || row.failure_code === failureCode) &&
    (!minAmount || parseDecimal(row.amount) >= parseDecimal(minAmount)) &&
    (!maxAmount || parseDecimal(row.amount) <= parseDecimal(maxAmount)) &&
    (!query.currency || query.currency === 'EUR') &&
    (!from || row.created_at >= from) &&
    (!to || row.created_at < to) &&
    (!reference || row.reference === reference) &&
    (!query.idempotencyKey || row.idempotency_key === query.idempotencyKey) &&
    (!query.parentTransactionId || row.parent_transaction_id === query.parentTransactionId)
  );
}

function recomputed(query: Query, who = reader) {
  const rows = chosen(query, who);
  const moved = rows.filter(({ sender_entry_no }) => sender_entry_no !== null);
  const sum = moved.reduce((total, { amount }) => total + parseDecimal(amount), 0n);
  return { count: rows.length, sums: moved.length === 0 ? [] : [['EUR', sum]], complete: true };
}

async function totalsOf({ limit: _limit, ...query }: Query, who = reader) {
  const wanted = { reader: who, filters: totalFilters.parse(query) };
  const { count, sumByCurrency, complete } = await addUpTransactions(lists, wanted, 20_000, never);
  return { count, sums: [...sumByCurrency], complete };
}

async function exported({ limit: _limit, ...query }: Query, who = reader): Promise<string[]> {
  const exported = { handedOver: 0 };
  const wanted = { reader: who, filters: totalFilters.parse(query), format: exportFormats.ndjson, exported };
  let text = '';
  for await (const chunk of transactionLines(lists, { ...wanted, pace, total: recomputed(query, who).count }, never))
    text += chunk;
  const lines = text.split('\n').filter(Boolean);
  expect(exported.handedOver).toBe(lines.length);
  return lines.map((line) => (JSON.parse(line) as { transactionId: string }).transactionId).sort();
}

/** Some filters, with values that are there. */
function randomQuery(): Query {
  const row = oneOf(ledger.transactions);
  const times = [oneOf(ledger.transactions).created_at, oneOf(ledger.transactions).created_at].sort() as [
    string,
    string,
  ];
  const amounts = [row.amount, oneOf(ledger.transactions).amount].sort((a, b) => Number(a) - Number(b)) as [
    string,
    string,
  ];
  const parent = oneOf(ledger.transactions.filter(({ parent_transaction_id }) => parent_transaction_id !== null));
  const all: Query = {
    ...{
      walletId: row.sender_wallet_id,
      status: row.status,
      kind: row.kind,
      failureCode: oneOf(['INSUFFICIENT_FUNDS', 'WALLET_NOT_ACTIVE']),
    },
    ...{
      minAmount: amounts[0],
      maxAmount: amounts[1],
      currency: oneOf(['EUR', 'EUR', 'USD']),
      from: times[0],
      to: times[1],
    },
    ...{ reference: row.reference ?? 'invoice 7', idempotencyKey: row.idempotency_key },
    parentTransactionId: parent.parent_transaction_id as string,
  };
  const rare = ['failureCode', 'idempotencyKey', 'parentTransactionId', 'reference'];
  return Object.fromEntries(Object.entries(all).filter(([name]) => random() < (rare.includes(name) ? 0.15 : 0.3)));
}

describe('transactions chosen by any filters', () => {
  it.each([
    ['of all', () => reader, 60],
    ['of a scope', () => bound, 60],
  ])('are all that match %s, each once, and so are their totals and their export', async (_, readerOf, rounds) => {
    const who = readerOf();
    let found = 0;
    for (let i = 0; i < rounds; i++) {
      const asked = randomQuery();
      const expected = chosen(asked, who).map((row) => row.transaction_id);
      const query = { ...asked, limit: expected.length < 20 ? '1' : expected.length < 200 ? '7' : '100' };
      const seen = await walk(query, who);
      expect([ledger.seed, query, seen.toSorted()]).toEqual([ledger.seed, query, expected.toSorted()]);
      found += seen.length;
      expect([ledger.seed, query, await totalsOf(query, who)]).toEqual([ledger.seed, query, recomputed(query, who)]);
      expect([ledger.seed, query, await exported(query, who)]).toEqual([ledger.seed, query, expected.toSorted()]);
    }
    expect(found).toBeGreaterThan(50);
  });

  it.each(['1', '7', '100'])('are newest first, %s a page, without gap or repeat', async (limit) => {
    const query = { from: ledger.transactions.at(-400)?.created_at as string, minAmount: '5000', limit };
    const expected = ledger.transactions.filter((row) => matches(row, query)).map((row) => row.transaction_id);
    expect(await walk(query)).toEqual(expected.toSorted().reverse());
  });

  it('are those of the caller’s own key', async () => {
    const row = ledger.transactions[17] as LedgerRow;
    const query = { idempotencyKey: row.idempotency_key, limit: '7' };
    expect(await walk(query)).toEqual([row.transaction_id]);
    expect(await walk({ ...query, idempotencyKey: `"${row.idempotency_key}"` })).toEqual([row.transaction_id]);
    expect(await walk(query, { subject: 'somebody else', scope: null })).toEqual([]);
    expect(await walk({ ...query, idempotencyKey: 'none' })).toEqual([]);
  });

  it('are those of a key’s whole atomic batch, by pages', async () => {
    const ids = ledger.transactions.slice(100, 120).map((row) => row.transaction_id);
    await scratch.database.admin.query(
      `WITH batch AS (
         INSERT INTO atomic_batches (atomic_batch_id, caller, idempotency_key, request_hash, transaction_ids, items_keyed)
         VALUES (($1::uuid[])[1], $2, 'batch', ($1::uuid[])[1], $1, false) RETURNING atomic_batch_id)
       INSERT INTO idempotency_keys (key_digest, outcome_id, outcome_kind)
         SELECT key_digest_of($2, 'batch'), atomic_batch_id, 'ATOMIC_BATCH' FROM batch`,
      [ids, randomCaller],
    );
    for (const limit of ['1', '7', '100']) {
      expect(await walk({ idempotencyKey: 'batch', limit })).toEqual(ids.toSorted().reverse());
    }
  });

  it('that cannot be added up in time are said to be a part', async () => {
    const filters = totalFilters.parse({ walletId: ledger.walletIds[0] });
    expect(await addUpTransactions(lists, { reader, filters }, 0, never)).toMatchObject({ complete: false });
  });

  it('are exported whole or not at all', async () => {
    const [filters, exported] = [totalFilters.parse({}), { handedOver: 0 }];
    const wanted = { reader, filters, format: exportFormats.csv, exported };
    for (const total of [ledger.transactions.length - 1, ledger.transactions.length + 1]) {
      const reading = (async () => {
        for await (const _ of transactionLines(lists, { ...wanted, pace, total }, never));
      })();
      await expect(reading).rejects.toThrow(`an export of ${total} rows`);
    }
  });

  it('are none where the filters contradict each other, without a look', async () => {
    const query = { status: 'SUCCESS', failureCode: 'INSUFFICIENT_FUNDS', limit: '7' };
    expect(await walk(query)).toEqual([]);
  });
});

describe.each(['never analyzed', 'analyzed'])('a page (statistics: %s)', (statistics) => {
  beforeAll(async () => {
    if (statistics === 'analyzed') await scratch.database.admin.query('ANALYZE');
  });

  it.each<[string, Query, number]>([
    ['reference', { reference: 'invoice 7' }, 30],
    ['a reference that many have', { reference: '=1+1' }, 30],
    ['reference and more', { reference: '=1+1', kind: 'HOLD' }, 2 * rowsMax.ledger],
    ['reference and times', { reference: '=1+1', from: 'F', to: 'T' }, 100],
    ['no reference', { reference: 'none' }, 0],
    ['parent', { parentTransactionId: 'P' }, 15],
    ['key', { idempotencyKey: 'key-5' }, 5],
    ['amounts', { minAmount: '99999999' }, 2 * rowsMax.ledger],
    ['failure code', { failureCode: 'BATCH_REFUSED' }, 2 * rowsMax.ledger],
    ['wallet and amounts', { walletId: 'W', minAmount: '99999999' }, 6 * rowsMax.wallet],
    ['wallet and a kind that moves no money', { walletId: 'W', kind: 'HOLD' }, 2 * rowsMax.wallet],
    ['wallet and its holds', { walletId: 'W', kind: 'HOLD', status: 'SUCCESS' }, 120],
    ['wallet and its holds within a time', { walletId: 'W', kind: 'VOID', status: 'SUCCESS', from: 'F', to: 'T' }, 60],
    ['wallet and reference', { walletId: 'W', reference: 'invoice 7' }, 90],
  ])('looks at a bounded number of rows, along an index: %s', async (_, query, most) => {
    const values: Query = {
      ...{
        F: ledger.transactions.at(-400)?.created_at as string,
        T: ledger.transactions.at(-300)?.created_at as string,
      },
      P: ledger.transactions.find((row) => row.parent_transaction_id !== null)?.parent_transaction_id as string,
      W: ledger.walletIds[0] as string,
    };
    const asked = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, values[value] ?? value]));
    const filters = transactionFilters.parse({ ...asked, limit: '10' });
    const { rows, nodes } = await touchedBy(lists, () => pageOfTransactions(lists, reader, filters, rowsMax));
    expect(rows).toBeLessThanOrEqual(most);
    expect([...nodes].filter((node) => node.includes('Seq Scan'))).toEqual([]);
    // Of a scope, for each row that is looked at both its wallets may be, and some for what is named.
    const seen = await touchedBy(lists, () => pageOfTransactions(lists, bound, filters, rowsMax));
    expect(seen.rows).toBeLessThanOrEqual(3 * most + 10);
    expect([...seen.nodes].filter((node) => node.includes('Seq Scan'))).toEqual([]);
  });
});
