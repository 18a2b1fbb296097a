import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { Database } from '../database.js';
import type { MoneyOfKind, Period } from './figures.js';

/** Of `transactions` at a time: a reader that takes long must not hold a snapshot. */
const chunkMs = 900_000;
/** Ids run with time only roughly. */
const idSlackMs = 600_000;

const inChunk = `transaction_id >= uuid_at($3) AND transaction_id < uuid_at($4) AND created_at >= $1 AND created_at < $2
          AND status = 'SUCCESS'`;

interface Sum {
  count: string;
  sum: string;
}

/** The rows of a query over `transactions`, chunk by chunk. */
async function* chunks<T>(database: Database, { from, to }: Period, query: string): AsyncGenerator<T[]> {
  for (let at = from.getTime(); at < to.getTime(); at += chunkMs) {
    const [low, high] = [at, Math.min(at + chunkMs, to.getTime())];
    const bounds = [low, high, low - idSlackMs, high + idSlackMs].map((ms) => new Date(ms));
    yield (await database.query(query, bounds)).rows as T[];
  }
}

/** All money that was moved, to the ten-thousandth: by currency, then by kind. */
export async function readMoney(database: Database, period: Period): Promise<MoneyOfKind[]> {
  const sums = new Map<string, { kind: string; currency: string; count: number; sum: bigint }>();
  const query = `SELECT kind::text, currency, count(*) AS count, sum(amount)::text AS sum FROM transactions
        WHERE ${inChunk} AND sender_entry_no IS NOT NULL GROUP BY 1, 2`;
  for await (const rows of chunks<Sum & { kind: string; currency: string }>(database, period, query)) {
    for (const { kind, currency, count, sum } of rows) {
      const known = sums.get(`${currency} ${kind}`) ?? { kind, currency, count: 0, sum: 0n };
      known.count += Number(count);
      known.sum += parseDecimal(sum);
      sums.set(`${currency} ${kind}`, known);
    }
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

/** What a wallet paid: a wallet has one currency. */
export interface Payer {
  readonly walletId: string;
  readonly currency: string;
  readonly count: number;
  readonly sum: bigint;
}

/** Wallets that are added up at most: beyond it nobody is told. */
const payersMax = 200_000;

/**
 * The wallets that paid most, up to `each` of a currency: amounts of two currencies are not compared. Currencies with most payments
 * first. Null: too many wallets paid.
 */
export async function readPayers(
  database: Database,
  period: Period,
  { each, max = payersMax }: { each: number; max?: number },
): Promise<Payer[] | null> {
  const payers = new Map<string, { walletId: string; currency: string; count: number; sum: bigint }>();
  const query = `SELECT sender_wallet_id AS "walletId", currency, count(*) AS count, sum(amount)::text AS sum FROM transactions
        WHERE ${inChunk} AND kind = 'PAYMENT' GROUP BY 1, 2`;
  for await (const rows of chunks<Sum & { walletId: string; currency: string }>(database, period, query)) {
    for (const { walletId, currency, count, sum } of rows) {
      const known = payers.get(walletId) ?? { walletId, currency, count: 0, sum: 0n };
      known.count += Number(count);
      known.sum += parseDecimal(sum);
      payers.set(walletId, known);
    }
    if (payers.size > max) return null;
  }
  const byCurrency = Map.groupBy(payers.values(), ({ currency }) => currency);
  const payments = (of: readonly Payer[]) => of.reduce((sum, { count }) => sum + count, 0);
  const most = (a: Payer, b: Payer) => (a.sum === b.sum ? (a.walletId < b.walletId ? -1 : 1) : a.sum > b.sum ? -1 : 1);
  return [...byCurrency.values()]
    .sort((a, b) => payments(b) - payments(a) || ((a[0]?.currency ?? '') < (b[0]?.currency ?? '') ? -1 : 1))
    .flatMap((of) => of.sort(most).slice(0, each));
}
