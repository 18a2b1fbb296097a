import type { HoldStatus } from '@smart-wallet/engine/contract/hold-status.js';
import type { QueryResultRow } from 'pg';

/** A hold's terms are its transaction's; what becomes of it is its own row's. */
export const holdColumns = `hold_id, h.wallet_id, h.receiver_wallet_id, h.amount, h.captured, t.currency, h.status, h.expires_at,
  t.reference, t.description, t.metadata, h.created_at, h.updated_at`;
export const holdTables = 'holds h JOIN transactions t ON t.transaction_id = h.hold_id';

export interface HoldRow extends QueryResultRow {
  hold_id: string;
  wallet_id: string;
  receiver_wallet_id: string;
  amount: string;
  captured: string;
  currency: string;
  status: HoldStatus;
  expires_at: Date;
  reference: string | null;
  description: string | null;
  metadata: Record<string, unknown> | null;
  created_at: Date;
  updated_at: Date;
}
