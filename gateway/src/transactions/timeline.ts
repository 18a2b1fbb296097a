import { formatMoney } from '@smart-wallet/engine/contract/money.js';
import type { Pool } from 'pg';
import type { Scope } from '../storage/whose.js';
import { keyOrder } from './key-window.js';
import { withoutOthersReasons } from './others-reasons.js';
import { type TransactionRow, termsOf, transactionColumns } from './transaction-row.js';

/** A hold and a payment have a hundred captures or refunds at most, refused ones not counted. */
export const followersMax = 500;

/** What was made of a transaction: captures of a hold, refunds of a payment; the newest if they are very many. */
export async function findFollowers(database: Pool, scope: Scope, transactionId: string): Promise<TransactionRow[]> {
  const { rows } = await database.query<TransactionRow>(
    `SELECT ${transactionColumns} FROM transactions WHERE parent_transaction_id >= $1 AND parent_transaction_id <= $1
      ${keyOrder('parent_transaction_id')} LIMIT ${followersMax}`,
    [transactionId],
  );
  return withoutOthersReasons(database, scope, rows);
}

export function timelineJson(row: TransactionRow, followers: readonly TransactionRow[]): string {
  const { transaction_id: transactionId } = row;
  const items = [
    {
      at: earlier(row.initiated_at, row.processing_at, row.created_at),
      step: 'INITIATED',
      detail: beginningOf(row),
      transactionId,
    },
    {
      at: earlier(row.processing_at, row.created_at),
      step: 'PROCESSING',
      detail: 'Its wallet\u2019s engine began with it.',
      transactionId,
    },
    { at: row.created_at, step: row.status, detail: outcomeOf(row), transactionId },
    ...followers
      .toSorted(
        (a, b) => a.created_at.getTime() - b.created_at.getTime() || (a.transaction_id < b.transaction_id ? -1 : 1),
      )
      .map((follower) => ({
        ...{ at: follower.created_at, step: follower.kind, detail: `${amountOf(follower)}: ${outcomeOf(follower)}` },
        transactionId: follower.transaction_id,
      })),
  ];
  return JSON.stringify({ items: items.map((item) => ({ ...item, at: item.at.toISOString() })) });
}

/** Each is of its own machine's clock, and clocks differ by milliseconds: no step is told to come after one that followed it. */
function earlier(at: Date, ...followed: Date[]): Date {
  return new Date(Math.min(at.getTime(), ...followed.map((later) => later.getTime())));
}

/** Nobody asks for an expiry: its hold's owner begins it. */
function beginningOf({ kind }: TransactionRow): string {
  return kind === 'EXPIRY' ? 'The hold\u2019s time was over.' : 'A gateway accepted it.';
}

function outcomeOf(row: TransactionRow): string {
  return row.status === 'FAILED'
    ? `${row.failure_code}: ${row.failure_reason}`
    : `Committed in batch ${row.batch_seq}.`;
}

function amountOf(row: TransactionRow): string {
  return `${formatMoney(BigInt(termsOf(row).amount), row.currency)} ${row.currency}`;
}
