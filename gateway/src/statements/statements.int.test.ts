import { formatMoney } from '@smart-wallet/engine/contract/money.js';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCursor } from '../http/cursor.js';
import { type ListDatabase, openListDatabase } from '../storage/list-database.js';
import { ReadingPace } from '../storage/reading-pace.js';
import { openReportDatabase, type ReportDatabase } from '../storage/report-database.js';
import { type RandomEntry, type RandomLedger, writeRandomLedger } from '../testing/random-ledger.js';
import { openScratch, type Scratch } from '../testing/scratch.js';
import { touchedBy } from '../testing/touched-rows.js';
import { findPastBalance } from '../wallets/past-balance.js';
import { EntrySumReader } from './entry-sums.js';
import { listEntries } from './list-entries.js';
import { entriesOfPeriod, readStatementPage } from './statement.js';
import { statementCsv } from './statement-csv.js';
import { entryFilters, statementFilters } from './statement-filters.js';

let scratch: Scratch;
let lists: ListDatabase;
let reports: ReportDatabase;
let ledger: RandomLedger;
let random: () => number;
const never = new AbortController().signal;
const pace = new ReadingPace({ commandsSent: () => 0, readers: () => 1, now: () => performance.now() });

beforeAll(async () => {
  scratch = await openScratch();
  const databaseUrl = scratch.database.urlAs('wallet_gateway');
  lists = openListDatabase({ databaseUrl }, pino({ level: 'silent' }));
  reports = openReportDatabase({ databaseUrl }, pino({ level: 'silent' }));
  ledger = await writeRandomLedger(scratch.database.admin, { count: 4_000, wallets: 5 });
  random = seededRandom(ledger.seed);
});
afterAll(async () => {
  await Promise.all([lists?.end(), reports?.end()]);
  await scratch?.database.drop();
});

const iso = (ms: number) => new Date(ms).toISOString();
const oneOf = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
/** Half of them at the very time of an entry. */
function instant(entries: RandomEntry[]): number {
  const [first, last] = [entries[0]?.atMs ?? 0, entries.at(-1)?.atMs ?? 0];
  return random() < 0.5 ? oneOf(entries).atMs : Math.floor(first - 5_000 + random() * (last - first + 10_000));
}

interface Expected {
  opening: bigint;
  closing: bigint;
  debits: bigint;
  credits: bigint;
  debitCount: number;
  creditCount: number;
}

/** What a reader of all entries finds. */
function recomputed(entries: RandomEntry[], from: number, to: number): Expected {
  const before = (at: number) => entries.filter(({ atMs }) => atMs < at).at(-1)?.balanceAfter ?? 0n;
  const inside = entries.filter(({ atMs }) => atMs >= from && atMs < to);
  const of = (type: string) => inside.filter(({ entryType }) => entryType === type);
  const sum = (type: string) => of(type).reduce((total, { amount }) => total + amount, 0n);
  return {
    ...{ opening: before(from), closing: before(to), debits: sum('DEBIT'), credits: sum('CREDIT') },
    ...{ debitCount: of('DEBIT').length, creditCount: of('CREDIT').length },
  };
}

describe('a statement', () => {
  it('of any of a thousand periods is what its entries add up to, and the next one opens as it closes', async () => {
    const sums = new EntrySumReader(reports);
    const two = async () => {
      const walletId = oneOf(ledger.walletIds);
      const entries = ledger.entriesOf(walletId);
      const [a, b, c] = [instant(entries), instant(entries), instant(entries)].sort((x, y) => x - y) as [
        number,
        number,
        number,
      ];
      const closings: bigint[] = [];
      for (const [from, to] of [
        [a, b],
        [b, c],
      ] as const) {
        const filters = statementFilters.parse({ from: iso(from), to: iso(to), limit: '1' });
        const { range, opening, closing } = await readStatementPage(lists, walletId, filters);
        const read = { opening, closing, ...(await sums.sums(range, never)) };
        expect([ledger.seed, walletId, iso(from), iso(to), read]).toEqual([
          ...[ledger.seed, walletId, iso(from), iso(to), recomputed(entries, from, to)],
        ]);
        expect(closing - opening).toBe(read.credits - read.debits);
        closings.push(opening, closing);
      }
      expect(closings[2]).toBe(closings[1]);
    };
    const lane = async () => {
      for (let i = 0; i < 100; i++) await two();
    };
    await Promise.all(Array.from({ length: 5 }, lane));
  }, 60_000);

  it.each([1, 7, 100])('has every entry of its period once, in order, %i a page', async (limit) => {
    const walletId = ledger.walletIds[0] as string;
    const entries = ledger.entriesOf(walletId);
    const [from, to] = [entries[100]?.atMs as number, entries[350]?.atMs as number];
    const query = { from: iso(from), to: iso(to), limit: String(limit) };
    const seen: number[] = [];
    for (let cursor: string | undefined; ; ) {
      const filters = statementFilters.parse(cursor === undefined ? query : { ...query, cursor });
      const { page, closing } = await readStatementPage(lists, walletId, filters);
      expect(page.rows.length).toBeLessThanOrEqual(limit);
      expect(closing).toBe(recomputed(entries, from, to).closing);
      seen.push(...page.rows.map((row) => Number(row.entry_no)));
      if (page.next === null) break;
      cursor = writeCursor(page.next, filters);
    }
    expect(seen).toEqual(entries.filter(({ atMs }) => atMs >= from && atMs < to).map(({ entryNo }) => entryNo));
  });

  it('as CSV is the whole period in one file, without formulas', async () => {
    const walletId = ledger.walletIds[1] as string;
    const entries = ledger.entriesOf(walletId);
    const filters = statementFilters.parse({ from: '1970-01-01', to: iso(Date.now()), limit: '1' });
    const range = await entriesOfPeriod(lists, walletId, filters);
    const exported = { handedOver: 0 };
    let text = '';
    for await (const chunk of statementCsv(reports, { range, pace, exported }, never)) text += chunk;
    expect(exported.handedOver).toBe(entries.length);
    const [header, ...lines] = text.replaceAll('"two ""lines"",\nor more"', 'two').trimEnd().split('\r\n');
    expect(header).toBe(
      'entryNo,createdAt,transactionId,kind,entryType,amount,balanceAfter,currency,reference,description',
    );
    expect(
      lines.map((line) =>
        line
          .split(',')
          .filter((_, i) => i !== 3)
          .slice(0, 7),
      ),
    ).toEqual(
      entries.map(({ entryNo, atMs, transactionId, entryType, amount, balanceAfter }) => [
        ...[String(entryNo), iso(atMs), transactionId, entryType],
        ...[formatMoney(amount, 'EUR'), formatMoney(balanceAfter, 'EUR'), 'EUR'],
      ]),
    );
    expect(text).toContain(",'=1+1,");
    expect(text).not.toContain(',=1+1');
  });

  it('whose entries cannot be added up in time is refused, not cut', async () => {
    const range = { walletId: ledger.walletIds[0] as string, from: 1n, before: 100_000n };
    await expect(new EntrySumReader(reports, -1).sums(range, never)).rejects.toMatchObject({
      problem: { code: 'RANGE_TOO_LARGE' },
    });
  });
});

describe('entries', () => {
  it.each([1, 7, 100])('are listed newest first, %i a page, without gap or repeat', async (limit) => {
    const walletId = ledger.walletIds[2] as string;
    const entries = ledger.entriesOf(walletId);
    const [from, to] = [entries[50]?.atMs as number, entries[300]?.atMs as number];
    const query = { from: iso(from), to: iso(to), limit: String(limit) };
    const seen: number[] = [];
    for (let cursor: string | undefined; ; ) {
      const filters = entryFilters.parse(cursor === undefined ? query : { ...query, cursor });
      const page = await listEntries(lists, walletId, filters);
      seen.push(...page.rows.map((row) => Number(row.entry_no)));
      if (page.next === null) break;
      cursor = writeCursor(page.next, filters);
    }
    const expected = entries.filter(({ atMs }) => atMs >= from && atMs < to).map(({ entryNo }) => entryNo);
    expect(seen).toEqual(expected.reverse());
  });
});

describe('a balance as of an instant', () => {
  it('is that of the last entry up to it', async () => {
    for (let i = 0; i < 250; i++) {
      const walletId = oneOf(ledger.walletIds);
      const entries = ledger.entriesOf(walletId);
      const at = instant(entries);
      const expected = entries.filter(({ atMs }) => atMs <= at).at(-1)?.balanceAfter ?? 0n;
      const past = await findPastBalance(lists, null, walletId, iso(at));
      expect([ledger.seed, iso(at), past]).toEqual([
        ledger.seed,
        iso(at),
        { currency: 'EUR', balance: expected, asOf: iso(at) },
      ]);
    }
  });

  it('to come is that of now', async () => {
    const walletId = ledger.walletIds[0] as string;
    const past = await findPastBalance(lists, null, walletId, '2999-01-01T00:00:00.000Z');
    expect(past?.balance).toBe(ledger.entriesOf(walletId).at(-1)?.balanceAfter);
    expect(Math.abs(Date.parse(past?.asOf as string) - Date.now())).toBeLessThan(60_000);
  });

  it('is found by a search, not by a scan of the wallet', async () => {
    for (const walletId of ledger.walletIds) {
      const entries = ledger.entriesOf(walletId);
      const { rows, nodes } = await touchedBy(lists, () =>
        findPastBalance(lists, null, walletId, iso(instant(entries))),
      );
      // Two for each of 11 steps, and a few.
      expect(rows).toBeLessThan(60);
      expect([...nodes].filter((node) => node.includes('Seq Scan'))).toEqual([]);
    }
  });

  it('is right where the months before were taken out of the ledger', async () => {
    const admin = scratch.database.admin;
    const walletId = ledger.walletIds[0] as string;
    const { rows } = await admin.query<{ month: string }>(
      'SELECT DISTINCT tableoid::regclass::text AS month FROM transactions ORDER BY 1',
    );
    expect(rows).toHaveLength(2);
    await admin.query(`ALTER TABLE transactions DETACH PARTITION ${rows[0]?.month}`);
    const { rows: ids } = await admin.query<{ transaction_id: string }>('SELECT transaction_id FROM transactions');
    const left = new Set(ids.map((row) => row.transaction_id));
    const entries = ledger.entriesOf(walletId);
    const at = entries.at(-2)?.atMs as number;
    const expected = entries.filter(({ atMs }) => atMs <= at).at(-1)?.balanceAfter;
    expect((await findPastBalance(lists, null, walletId, iso(at)))?.balance).toBe(expected);
    const kept = entries.find(({ transactionId }) => left.has(transactionId)) as RandomEntry;
    const filters = statementFilters.parse({ from: iso(kept.atMs), to: iso(at), limit: '1' });
    const { opening } = await readStatementPage(lists, walletId, filters);
    expect(opening).toBe(recomputed(entries, kept.atMs, at).opening);
  });
});
