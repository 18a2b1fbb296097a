import { formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { EntryRow } from './find-entries.js';

export function entriesJson(rows: EntryRow[], currency: string): string {
  const entries = rows.map((row) => ({
    entryId: row.entry_id,
    walletId: row.wallet_id,
    entryType: row.entry_type,
    amount: formatMoney(parseDecimal(row.amount), currency),
    currency,
    balanceAfter: formatMoney(parseDecimal(row.balance_after), currency),
    entryNo: Number(row.entry_no),
    createdAt: row.created_at.toISOString(),
  }));
  return JSON.stringify({ entries });
}
