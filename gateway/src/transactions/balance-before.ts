import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { Pool } from 'pg';
import { oldestEntries } from './entry-stretch.js';

/** A wallet's balance just before one of its entries, or after its last one: what stands in the entry before. */
export async function balanceBefore(database: Pool, walletId: string, entryNo: bigint): Promise<bigint> {
  if (entryNo <= 1n) return 0n;
  const [first] = await oldestEntries(database, { walletId, from: entryNo - 1n, before: entryNo + 1n }, 1);
  if (!first) throw new Error(`wallet ${walletId} has no entry ${entryNo - 1n}`);
  const after = parseDecimal(first.balance_after);
  if (BigInt(first.entry_no) < entryNo) return after;
  // The one before is of a month that was taken out of the ledger.
  const amount = parseDecimal(first.amount);
  return first.entry_type === 'CREDIT' ? after - amount : after + amount;
}
