import { randomBytes } from 'node:crypto';
import { formatDecimal } from '@smart-wallet/engine/contract/money.js';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type DriveOrder, type DriveResult, Meter } from './drive.js';
import { rawStatement } from './raw-tables.js';
import { type BenchPayment, currency, paymentAmount, paymentSource, walletIds } from './workload.js';

const connectionCount = 2;
const batchSize = 500;
/** Batches made before the clock starts; more are made while it runs if a machine is faster. */
const preparedPerSecond = 70;

/** One statement a batch of 500 payments, on each of two connections, one after the other. */
export async function driveRaw(order: DriveOrder & { target: 'raw' }): Promise<DriveResult> {
  const next = paymentSource(order.workload, walletIds());
  const clients = await Promise.all(
    Array.from({ length: connectionCount }, async () => {
      const client = new pg.Client({ connectionString: order.databaseUrl });
      await client.connect();
      // As in the engines' call, primary keys are the only way to find a row; and no more than that may slow the raw limit.
      await client.query(
        `SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_bitmapscan = off;
         SET enable_mergejoin = off; SET jit = off`,
      );
      return client;
    }),
  );
  const prepared = Array.from({ length: ((order.warmUpMs + order.measureMs) / 1_000) * preparedPerSecond }, () =>
    rawBatch(next),
  );
  const meter = new Meter(order);
  await Promise.all(
    clients.map(async (client) => {
      while (!meter.over) {
        const values = prepared.pop() ?? rawBatch(next);
        const sentAt = performance.now();
        await client.query({ name: 'raw', text: rawStatement, values });
        meter.answered(sentAt, batchSize);
      }
    }),
  );
  await Promise.all(clients.map((client) => client.end()));
  return meter.result();
}

function rawBatch(next: () => BenchPayment): unknown[] {
  const payments = Array.from({ length: batchSize }, next);
  const delta = new Map<string, { amount: bigint; entries: number }>();
  const add = (id: string, amount: bigint) => {
    const wallet = delta.get(id);
    if (wallet) {
      wallet.amount += amount;
      wallet.entries += 1;
    } else delta.set(id, { amount, entries: 1 });
  };
  for (const payment of payments) {
    add(payment.sender, -paymentAmount);
    add(payment.receiver, paymentAmount);
  }
  const wallets = [...delta].sort(([a], [b]) => (a < b ? -1 : 1));
  const ix = new Map(wallets.map(([id], i) => [id, i + 1]));
  // Walking backwards: what the payments after this one add to a wallet.
  const later = new Map<string, { amount: bigint; entries: number }>();
  const take = (id: string, amount: bigint): [string, number] => {
    const wallet = later.get(id) ?? { amount: 0n, entries: 0 };
    later.set(id, { amount: wallet.amount + amount, entries: wallet.entries + 1 });
    return [formatDecimal(wallet.amount), wallet.entries];
  };
  const sender = payments.map((): [string, number] => ['', 0]);
  const receiver = payments.map((): [string, number] => ['', 0]);
  for (let i = payments.length - 1; i >= 0; i--) {
    const payment = payments[i] as BenchPayment;
    sender[i] = take(payment.sender, -paymentAmount);
    receiver[i] = take(payment.receiver, paymentAmount);
  }
  const now = Date.now();
  const each = (value: (payment: BenchPayment, i: number) => string | number) => `{${payments.map(value).join(',')}}`;
  const digest = () => randomBytes(16).toString('hex');
  return [
    `{${wallets.map(([id]) => id).join(',')}}`,
    `{${wallets.map(([, { amount }]) => formatDecimal(amount)).join(',')}}`,
    `{${wallets.map(([, { entries }]) => entries).join(',')}}`,
    each(() => uuidv7()),
    each(digest),
    each(({ idempotencyKey }) => idempotencyKey),
    each(digest),
    each((payment) => payment.sender),
    each((payment) => payment.receiver),
    each(() => formatDecimal(paymentAmount)),
    each(() => currency),
    each((payment) => ix.get(payment.sender) as number),
    each((_, i) => (sender[i] as [string, number])[0]),
    each((_, i) => (sender[i] as [string, number])[1]),
    each((payment) => ix.get(payment.receiver) as number),
    each((_, i) => (receiver[i] as [string, number])[0]),
    each((_, i) => (receiver[i] as [string, number])[1]),
    each(() => 0),
    each(() => now),
    now,
  ];
}
