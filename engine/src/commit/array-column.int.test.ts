import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ArrayColumn, type ColumnType } from './array-column.js';

let scratch: ScratchDatabase;

beforeAll(async () => {
  scratch = await createScratchDatabase();
});

afterAll(() => scratch.drop());

/** What Postgres reads, as it prints it. */
async function readBack(type: ColumnType, column: ArrayColumn): Promise<string> {
  const { rows } = await scratch.admin.query(`SELECT ($1::${type})::text AS text`, [column.toBuffer()]);
  return rows[0].text;
}

test('Postgres reads money of every size as the decimals that it is', async () => {
  const column = new ArrayColumn('numeric[]', 1);
  const amounts = [0n, 1n, -1n, 9_999n, 10_000n, -12_5000n, 100_000_000_0000n, 1_0000_0001n, 2n ** 53n - 1n, 2n ** 53n];
  const large = [10n ** 23n * 10_000n - 1n, -(10n ** 24n)];
  for (const scaled of [...amounts, ...large]) column.money(scaled);
  column.null();
  expect(await readBack('numeric[]', column)).toBe(
    '{0.0000,0.0001,-0.0001,0.9999,1.0000,-12.5000,100000000.0000,10000.0001,900719925474.0991,900719925474.0992,' +
      '99999999999999999999999.9999,-100000000000000000000.0000,NULL}',
  );
});

test('an amount that is the usual one is not said', async () => {
  const column = new ArrayColumn('numeric[]', 2);
  column.moneyUnless(0n, 0n);
  column.moneyUnless(1_0000n, 0n);
  expect(await readBack('numeric[]', column)).toBe('{NULL,1.0000}');
});

test('Postgres reads ids and digests, with dashes and without', async () => {
  const column = new ArrayColumn('uuid[]', 2);
  column.uuid('0197b3c2-89ab-7cde-8f01-23456789abcd');
  column.uuid('ffeeddccbbaa99887766554433221100');
  column.uuid('ABCDEF00-0000-4000-8000-000000000001');
  expect(await readBack('uuid[]', column)).toBe(
    '{0197b3c2-89ab-7cde-8f01-23456789abcd,ffeeddcc-bbaa-9988-7766-554433221100,abcdef00-0000-4000-8000-000000000001}',
  );
});

test('Postgres reads texts of any length and alphabet, and JSON', async () => {
  const texts = ['', 'NULL', 'say "hi" \\ {a,b}', 'Zahlung an Jürgen – 支付 💶', 'x'.repeat(5_000)];
  const column = new ArrayColumn('text[]', 1);
  for (const text of texts) column.text(text);
  column.null();
  const { rows } = await scratch.admin.query('SELECT $1::text[] AS texts', [column.toBuffer()]);
  expect(rows[0].texts).toEqual([...texts, null]);
  const documents = new ArrayColumn('jsonb[]', 0);
  documents.jsonb('{"shop":"Köln","lines":[1,2]}');
  documents.null();
  expect(await readBack('jsonb[]', documents)).toBe('{"{\\"shop\\": \\"Köln\\", \\"lines\\": [1, 2]}",NULL}');
});

test('Postgres reads whole numbers to their ends', async () => {
  const small = new ArrayColumn('int2[]', 2);
  for (const value of [-32_768, 32_767]) small.int2(value);
  const medium = new ArrayColumn('int4[]', 2);
  for (const value of [-(2 ** 31), 2 ** 31 - 1]) medium.int4(value);
  const large = new ArrayColumn('int8[]', 4);
  for (const value of [0, -1, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]) large.int8(value);
  expect(await readBack('int2[]', small)).toBe('{-32768,32767}');
  expect(await readBack('int4[]', medium)).toBe('{-2147483648,2147483647}');
  expect(await readBack('int8[]', large)).toBe('{0,-1,-9007199254740991,9007199254740991}');
});

test('Postgres reads a column without elements as an empty array; one without any value may be left out', async () => {
  const none = new ArrayColumn('uuid[]', 0);
  expect(await readBack('uuid[]', none)).toBe('{}');
  const nothing = new ArrayColumn('text[]', 2);
  nothing.null();
  nothing.null();
  expect(await readBack('text[]', nothing)).toBe('{NULL,NULL}');
  expect(nothing.orNull()).toBeNull();
  nothing.text('a');
  nothing.null();
  expect(nothing.orNull()).not.toBeNull();
  expect(await readBack('text[]', nothing)).toBe('{NULL,NULL,a,NULL}');
});

test('what is no id is refused, not read as another', () => {
  const column = new ArrayColumn('uuid[]', 1);
  for (const text of [
    '',
    '0197b3c2',
    'x197b3c2-89ab-7cde-8f01-23456789abcd',
    '0197b3c2-89ab-7cde-8f01-23456789abcdef',
  ]) {
    expect(() => column.uuid(text)).toThrow('no uuid');
  }
});
