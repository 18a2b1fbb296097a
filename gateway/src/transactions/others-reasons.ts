import type { RefusalCode } from '@smart-wallet/engine/contract/rejection.js';
import type { Pool } from 'pg';
import { plainReason } from '../http/plain-reason.js';
import type { Scope } from '../storage/whose.js';
import type { TransactionRow } from './transaction-row.js';

/*
 * Why a transaction was refused tells of the wallet that stood in the way: what it has, what it may, what it is. Who is bound to a scope
 * and sees the other side of it is told the code alone. Such a reason names its wallet.
 */

/** The rows as the reader may see them. */
export async function withoutOthersReasons<Row extends TransactionRow>(
  database: Pool,
  scope: Scope,
  rows: readonly Row[],
): Promise<Row[]> {
  if (scope === null) return [...rows];
  const named = new Set(rows.flatMap(walletsNamed));
  if (named.size === 0) return [...rows];
  const { rows: own } = await database.query<{ wallet_id: string }>(
    'SELECT wallet_id FROM wallets WHERE wallet_id = ANY ($1::uuid[]) AND scope = $2',
    [[...named], scope],
  );
  for (const { wallet_id } of own) named.delete(wallet_id);
  return rows.map((row) =>
    walletsNamed(row).some((walletId) => named.has(walletId))
      ? { ...row, failure_reason: plainReason(row.failure_code as RefusalCode) }
      : row,
  );
}

function walletsNamed(row: TransactionRow): string[] {
  const { failure_reason: reason, sender_wallet_id, receiver_wallet_id } = row;
  return reason === null ? [] : [sender_wallet_id, receiver_wallet_id].filter((walletId) => reason.includes(walletId));
}
