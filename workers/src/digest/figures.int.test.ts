import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../database.js';
import { WrittenLedger } from '../testing/written-ledger.js';
import { digestContent } from './digest-content.js';
import { readDigest } from './read-digest.js';
import { readPayers } from './read-money.js';

/*
 * A ledger at random, of which the figures of a digest are computed a second time: what is in a day by what a clock on the wall says of
 * each transaction, money by whole minor units, latency by counting.
 */

const decimals = { EUR: 2, JPY: 0, KWD: 3 } as const;
type Currency = keyof typeof decimals;
const bounds = [
  ...[1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 125, 150, 175, 200, 250, 300, 400, 500, 750],
  ...[1_000, 1_500, 2_000, 3_000, 5_000],
];
const dayMs = 86_400_000;
const quarterMs = 900_000;
const kinds = [
  'PAYMENT',
  'PAYMENT',
  'PAYMENT',
  'DEPOSIT',
  'WITHDRAWAL',
  'CAPTURE',
  'REFUND',
  'REVERSAL',
  'HOLD',
  'VOID',
];
const codes = ['INSUFFICIENT_FUNDS', 'HOLD_NOT_OPEN', 'PAYMENT_LIMIT_EXCEEDED'];

interface Written {
  id: string;
  at: Date;
  kind: string;
  currency: Currency;
  /** Of the currency's least units. */
  minor: bigint;
  sender: string;
  code: string | null;
  latencyMs: number;
}

let scratch: ScratchDatabase;
let database: Database;

afterEach(async () => {
  await database?.end();
  await scratch?.drop();
});

const wallOf = (timeZone: string) => {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return (at: Date) => format.format(at);
};

/** Over the 16 days up to a date, most of them around the midnights of its last days. */
function ledgerAt(random: () => number, date: string, timeZone: string): Written[] {
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  const wallets = Object.keys(decimals).flatMap((currency) =>
    Array.from({ length: 8 }, () => ({ currency: currency as Currency, id: uuidv7() })),
  );
  const end = Date.parse(`${date}T00:00:00Z`) + 2.5 * dayMs;
  const wall = wallOf(timeZone);
  const midnights: number[] = [];
  // Every zone's midnight lies on one.
  for (let at = end - 17 * dayMs; at < end; at += quarterMs) {
    if (wall(new Date(at)).slice(0, 10) !== wall(new Date(at - quarterMs)).slice(0, 10)) midnights.push(at);
  }
  return Array.from({ length: 1_200 }, () => {
    const near = random() < 0.3;
    const at = near ? pick(midnights) + (random() - 0.5) * 4_000 : end - random() ** 2 * 17 * dayMs;
    const { currency, id: sender } = pick(wallets);
    const kind = pick(kinds);
    return {
      ...{
        id: uuidv7({ msecs: Math.floor(at + (random() - 0.5) * 500_000) }),
        at: new Date(Math.floor(at)),
        kind,
        currency,
        sender,
      },
      minor: BigInt(1 + Math.floor(random() ** 4 * 10 ** 10)),
      code: random() < 0.15 ? pick(codes) : null,
      latencyMs: Math.floor(random() ** 6 * 8_000),
    };
  });
}

const text = (minor: bigint, currency: Currency) => {
  const digits = String(minor).padStart(decimals[currency] + 1, '0');
  const cut = digits.length - decimals[currency];
  const whole = digits.slice(0, cut).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${whole}${decimals[currency] > 0 ? `.${digits.slice(cut)}` : ''} ${currency}`;
};

/** Batches of what has one time; half of the span is rolled up into minutes, the rest is left in batches. */
async function write(ledger: readonly Written[]): Promise<void> {
  const { engineId } = await new WrittenLedger(scratch.admin).engine(0);
  const inOrder = [...ledger].sort((a, b) => a.at.getTime() - b.at.getTime());
  const moved = (one: Written) => one.code === null && one.kind !== 'HOLD' && one.kind !== 'VOID';
  await scratch.admin.query('CREATE TABLE transactions_rest PARTITION OF transactions DEFAULT');
  await scratch.admin.query(
    `INSERT INTO transactions (transaction_id, kind, status, caller, idempotency_key, request_hash, sender_wallet_id, receiver_wallet_id,
       amount, currency, sender_balance_after, sender_entry_no, receiver_balance_after, receiver_entry_no, failure_code, partition, worker_id,
       batch_seq, initiated_at, processing_at, created_at)
     SELECT id, kind::transaction_kind, CASE WHEN code IS NULL THEN 'SUCCESS' ELSE 'FAILED' END::transaction_status, 'test', id::text, id,
            sender, gen_random_uuid(), amount, currency, no, no, no, no, code, 0, $2, seq, at, at, at
       FROM jsonb_to_recordset($1) AS t (id uuid, kind text, code text, sender uuid, amount numeric, currency text, no bigint, seq bigint, at timestamptz)`,
    [
      JSON.stringify(
        inOrder.map((one, i) => ({
          ...{ id: one.id, kind: one.kind, code: one.code, sender: one.sender, currency: one.currency, at: one.at },
          ...{
            amount: text(one.minor, one.currency).replace(/[, A-Z]/g, ''),
            no: moved(one) ? i + 1 : null,
            seq: i + 1,
          },
        })),
      ),
      engineId,
    ],
  );
  await scratch.admin.query(
    `INSERT INTO ledger_batches (worker_id, batch_seq, transaction_ids, figures, latency, merkle_root, digest, head_hash, created_at,
       leaf_version, event_partitions, event_first_sequences)
     SELECT $2, seq, ARRAY[id], figures, latency, '', '', '', at, 3, '{}', '{}'
       FROM jsonb_to_recordset($1) AS t (id uuid, seq bigint, at timestamptz, figures jsonb, latency int[])`,
    [
      JSON.stringify(
        inOrder.map(({ id, at, code, latencyMs }, i) => {
          const bucket = bounds.findIndex((bound) => latencyMs < bound);
          const latency = Array.from({ length: 33 }, (_, at) => Number(at === (bucket === -1 ? 32 : bucket)));
          const figures = {
            succeeded: Number(code === null),
            failed: Number(code !== null),
            failuresByCode: code ? { [code]: 1 } : {},
          };
          return { id, seq: i + 1, at, figures, latency };
        }),
      ),
      engineId,
    ],
  );
  const [first, middle] = [inOrder[0], inOrder[Math.floor(inOrder.length * 0.8)]].map(
    (one) => new Date(Math.floor((one as Written).at.getTime() / 60_000) * 60_000),
  );
  await scratch.admin.query('SELECT roll_up_ledger_minutes($1, $2)', [first, middle]);
}

test.each([
  ['UTC', '2026-02-28', 'DAILY'],
  ['Europe/Berlin', '2026-03-29', 'DAILY'],
  ['Europe/Berlin', '2026-10-25', 'DAILY'],
  ['Europe/Berlin', '2026-10-25', 'WEEKLY'],
  ['America/Santiago', '2026-09-06', 'DAILY'],
  ['America/Santiago', '2026-04-05', 'DAILY'],
  ['Australia/Lord_Howe', '2026-04-05', 'DAILY'],
  ['Australia/Lord_Howe', '2026-10-04', 'DAILY'],
  ['Asia/Kathmandu', '2026-05-10', 'DAILY'],
] as const)(
  'in %s the figures of %s (%s) are those of the ledger, to the last unit',
  async (timeZone, date, frequency) => {
    const days = frequency === 'WEEKLY' ? 7 : 1;
    scratch = await createScratchDatabase('figures');
    database = openDatabase({ url: scratch.urlAs('wallet_workers'), connectionsMax: 2 }, pino({ level: 'silent' }));
    const ledger = ledgerAt(seededRandom(Date.parse(date) + timeZone.length + days), date, timeZone);
    await write(ledger);
    const facts = await readDigest(database, { frequency, date, timeZone });
    const content = digestContent(facts, null);
    const rows = (title: RegExp) => content.sections.find((section) => title.test(section.title))?.rows;

    const wall = wallOf(timeZone);
    const dates = Array.from({ length: 2 * days }, (_, i) =>
      new Date(Date.parse(`${date}T00:00:00Z`) - i * dayMs).toISOString().slice(0, 10),
    );
    const on = (of: readonly string[]) => ledger.filter(({ at }) => of.includes(wall(at).slice(0, 10)));
    const [now, before] = [on(dates.slice(0, days)), on(dates.slice(days))];
    expect(Math.min(now.length, before.length)).toBeGreaterThan(20);
    const n = (count: number) => String(count).replace(/\B(?=(\d{3})+$)/g, ',');
    const refused = (of: readonly Written[]) => of.filter(({ code }) => code !== null);
    expect(
      rows(/^Transactions/)
        ?.slice(0, 3)
        .map((row) => row.slice(0, 3)),
    ).toEqual([
      ['All', n(now.length), n(before.length)],
      ['Succeeded', n(now.length - refused(now).length), n(before.length - refused(before).length)],
      ['Refused', n(refused(now).length), n(refused(before).length)],
    ]);

    const counted = (code: string) => [now, before].map((of) => of.filter((one) => one.code === code).length);
    const byCode = codes
      .filter((code) => counted(code).some((count) => count > 0))
      .map((code) => [code, ...counted(code).map(n)]);
    expect(
      rows(/^Refusals/)
        ?.map((row) => row.slice(0, 3))
        .sort(),
    ).toEqual(byCode.sort());

    const moved = now.filter(({ code, kind }) => code === null && kind !== 'HOLD' && kind !== 'VOID');
    for (const currency of Object.keys(decimals) as Currency[]) {
      const ofKinds = Map.groupBy(
        moved.filter((one) => one.currency === currency),
        ({ kind }) => kind,
      );
      const expected = [...ofKinds].map(([kind, of]) => [
        `${kind.charAt(0)}${kind.slice(1).toLowerCase()}s`,
        n(of.length),
        text(
          of.reduce((sum, { minor }) => sum + minor, 0n),
          currency,
        ),
      ]);
      expect(rows(new RegExp(`^Money moved in ${currency}`))).toEqual(expected.sort());

      const paid = Map.groupBy(
        moved.filter((one) => one.kind === 'PAYMENT' && one.currency === currency),
        ({ sender }) => sender,
      );
      const sums = [...paid].map(([sender, of]) => ({
        sender,
        count: of.length,
        minor: of.reduce((sum, { minor }) => sum + minor, 0n),
      }));
      const most = sums.sort((a, b) => (a.minor > b.minor ? -1 : 1)).slice(0, 5);
      expect(rows(/^Wallets that paid most/)?.filter((row) => row[2]?.endsWith(currency))).toEqual(
        most.map(({ sender, count, minor }) => [sender, n(count), text(minor, currency)]),
      );
    }

    const below = (ms: number) => now.filter(({ latencyMs }) => latencyMs < ms).length;
    const bound = (share: number) => {
      const ms = bounds.find((one) => below(one) >= now.length * share);
      return ms === undefined ? 'above all bounds' : `< ${n(ms)} ms`;
    };
    const [half, most, nearlyAll, within] = (rows(/^Latency/) ?? []).map(([, value]) => value);
    expect([half, most, nearlyAll]).toEqual([bound(0.5), bound(0.95), bound(0.99)]);
    expect(within).toBe(`${(Math.floor((below(200) * 10_000) / now.length) / 100).toFixed(2)} %`);

    const { bars } = facts;
    expect(bars.reduce((sum, { succeeded, failed }) => sum + succeeded + failed, 0)).toBe(now.length);
    const firstBar = now.filter(({ at }) =>
      days === 7 ? wall(at).slice(0, 10) === dates[6] : wall(at).slice(11, 13) === '00',
    );
    if (timeZone === 'UTC' || days === 7)
      expect((bars[0]?.succeeded ?? 0) + (bars[0]?.failed ?? 0)).toBe(firstBar.length);

    const few = { from: new Date(0), to: new Date(1) };
    expect(await readPayers(database, few, { each: 5, max: 0 })).toEqual([]);
    const all = { from: now[0]?.at as Date, to: new Date((now[0]?.at.getTime() ?? 0) + dayMs) };
    expect(await readPayers(database, all, { each: 5, max: 0 })).toBeNull();
  },
);
