import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../storage/database.js';
import { until } from '../testing/live-client.js';
import { openScratch, type Scratch } from '../testing/scratch.js';
import { PaymentSample } from './payment-sample.js';
import { nameCharsMax, WalletNames } from './wallet-names.js';

const log = pino({ level: 'silent' });
let scratch: Scratch;
let owner: pg.Pool;
let database: Database;

beforeAll(async () => {
  scratch = await openScratch();
  owner = new pg.Pool({ connectionString: scratch.database.url, max: 1 });
  const databaseUrl = scratch.database.urlAs('wallet_gateway');
  database = openDatabase({ databaseUrl, databaseConnectionsMax: 1 }, log);
});
afterAll(async () => {
  await database?.end();
  await owner?.end();
  await scratch?.database.drop();
});

async function wallet(metadata: unknown, kind = 'USER'): Promise<string> {
  const walletId = randomUUID();
  const funding = kind === 'FUNDING';
  await owner.query(
    'INSERT INTO wallets (wallet_id, kind, currency, status, metadata, floor, partition) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    [walletId, kind, 'EUR', 'ACTIVE', metadata, funding ? null : 0, funding ? 5 : null],
  );
  return walletId;
}

it('a wallet is called by its name as far as it has one, cut to what a screen shows', async () => {
  const expected = new Map<string, string | null>([
    [await wallet({ name: 'Anna' }), 'Anna'],
    [await wallet({ name: '\u{1F600}'.repeat(100) }), '\u{1F600}'.repeat(nameCharsMax)],
    [await wallet({ name: 7 }), null],
    [await wallet({ title: 'x' }), null],
    [await wallet(null), null],
    [await wallet(null, 'FUNDING'), 'Funding'],
  ]);
  const names = new WalletNames(database, log);
  for (const walletId of expected.keys()) {
    expect(names.nameOf(walletId)).toBeNull();
    names.want(walletId);
  }
  const [first] = expected.keys() as unknown as [string];
  await until(() => names.nameOf(first) === 'Anna', 'the names');
  for (const [walletId, name] of expected) expect(names.nameOf(walletId)).toBe(name);
  names.stop();
});

it('a sample shows the newest payments, once, by the names known by then', async () => {
  const [anna, ben] = [await wallet({ name: 'Anna' }), await wallet({ name: 'Ben' })];
  const names = new WalletNames(database, log);
  const sample = new PaymentSample(names);
  const payment = (transactionId: string) => ({
    ...({
      transactionId,
      kind: 'PAYMENT',
      status: 'SUCCESS',
      failureCode: null,
      amount: '1',
      currency: 'EUR',
    } as const),
    ...{ senderWalletId: anna, receiverWalletId: ben, latencyMs: 1 },
  });
  const figures = { succeeded: 0, failed: 0, failuresByCode: {}, countByKind: {}, sumByCurrency: {} };
  const heard = (committedAtMs: number, ...ids: string[]) =>
    sample.heard({ workerId: 'w', batchSeq: 1, committedAtMs, figures, latency: [], sample: ids.map(payment) });
  heard(10, 'a', 'b');
  heard(30, 'c', 'd', 'e');
  heard(20, 'f', 'g', 'h');
  expect(sample.take().map(({ transactionId, senderName }) => [transactionId, senderName])).toEqual(
    ['e', 'd', 'c', 'h', 'g', 'f'].map((id) => [id, null]),
  );
  expect(sample.take()).toEqual([]);
  await until(() => names.nameOf(ben) !== null, 'the names');
  heard(40, 'i');
  expect(sample.take()).toMatchObject([{ transactionId: 'i', senderName: 'Anna', receiverName: 'Ben' }]);
  names.stop();
});
