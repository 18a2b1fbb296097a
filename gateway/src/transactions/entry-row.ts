import type { EntryType } from '@smart-wallet/engine/contract/entry-type.js';
import type { TransactionKind } from '@smart-wallet/engine/contract/transaction-kind.js';

export interface EntryRow {
  entry_id: string;
  entry_no: string;
  wallet_id: string;
  transaction_id: string;
  kind: TransactionKind;
  entry_type: EntryType;
  amount: string;
  currency: string;
  balance_after: string;
  created_at: Date;
  reference: string | null;
  description: string | null;
}

export type Side = 'sender' | 'receiver';

const entryTypeOf = { sender: 'DEBIT', receiver: 'CREDIT' } as const satisfies Record<Side, EntryType>;

/** One leg of a ledger pair. */
export function entryColumns(side: Side): string {
  return `md5(transaction_id::text || ':${entryTypeOf[side]}')::uuid AS entry_id, ${side}_entry_no AS entry_no,
    ${side}_wallet_id AS wallet_id, transaction_id, kind, '${entryTypeOf[side]}' AS entry_type, amount, currency,
    ${side}_balance_after AS balance_after, created_at, reference, description`;
}
