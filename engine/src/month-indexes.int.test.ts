import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildMonthIndexes } from './month-indexes.js';

let scratch: ScratchDatabase;

beforeAll(async () => {
  scratch = await createScratchDatabase('engine');
});
afterAll(() => scratch?.drop());

/** Indexes of the ledger, and on how many months each is. */
async function indexes() {
  const { rows } = await scratch.admin.query<{ name: string; whole: boolean; months: string }>(
    `SELECT relname AS name, indisvalid AS whole, (SELECT count(*) FROM pg_inherits WHERE inhparent = indexrelid) AS months
       FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = 'transactions'::regclass ORDER BY 1`,
  );
  return new Map(rows.map((row) => [row.name, row]));
}

it('every index of the ledger is whole once the schema is migrated', async () => {
  const all = await indexes();
  expect([...all.keys()]).toEqual(expect.arrayContaining(['transactions_parent', 'transactions_reference']));
  expect([...all.values()].filter(({ whole }) => !whole)).toEqual([]);
});

it('one that was added ON ONLY is built for each month, also when that was broken off, and new months have it', async () => {
  const { admin } = scratch;
  await admin.query('CREATE INDEX extra ON ONLY transactions (currency, transaction_id) WHERE currency IS NOT NULL');
  const { rows: months } = await admin.query<{ month: string }>(
    `SELECT inhrelid::regclass::text AS month FROM pg_inherits WHERE inhparent = 'transactions'::regclass ORDER BY 1`,
  );
  // What an earlier try left: an index of a month that is not attached.
  await admin.query(`CREATE INDEX extra_${months[0]?.month} ON ${months[0]?.month} (currency)`);
  expect((await indexes()).get('extra')).toMatchObject({ whole: false, months: '0' });
  const built = await buildMonthIndexes(scratch.url);
  expect(built).toEqual(months.map(({ month }) => `extra of ${month}`));
  expect((await indexes()).get('extra')).toMatchObject({ whole: true, months: String(months.length) });
  expect(await buildMonthIndexes(scratch.url)).toEqual([]);
  await admin.query('SELECT ensure_transaction_months(5)');
  expect((await indexes()).get('extra')).toMatchObject({ whole: true, months: String(months.length + 2) });
});

it('is built by one of several migrations at once, and the others wait for it', async () => {
  const { admin } = scratch;
  await admin.query('CREATE INDEX another ON ONLY transactions (kind, transaction_id) WHERE kind IS NOT NULL');
  const built = await Promise.all(Array.from({ length: 3 }, () => buildMonthIndexes(scratch.url)));
  expect((await indexes()).get('another')).toMatchObject({ whole: true, months: String(built.flat().length) });
});
