import { formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { SeenEntryRow } from './find-entries.js';

export function entryJson(row: SeenEntryRow): string {
  return JSON.stringify({
    entryId: row.entry_id,
    entryNo: row.entry_no === null ? null : Number(row.entry_no),
    walletId: row.wallet_id,
    transactionId: row.transaction_id,
    kind: row.kind,
    entryType: row.entry_type,
    amount: formatMoney(parseDecimal(row.amount), row.currency),
    currency: row.currency,
    balanceAfter: row.balance_after === null ? null : formatMoney(parseDecimal(row.balance_after), row.currency),
    createdAt: row.created_at.toISOString(),
    reference: row.reference,
    description: row.description,
  });
}

export function entriesJson(rows: SeenEntryRow[]): string {
  return `{"entries":[${rows.map(entryJson).join(',')}]}`;
}
