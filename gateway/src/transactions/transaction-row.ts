import type { QueryResultRow } from 'pg';

export const transactionColumns = `transaction_id, kind, status, sender_wallet_id, receiver_wallet_id, amount, currency,
  failure_code, failure_reason, reference, description, metadata, parent_transaction_id, partition, batch_seq,
  initiated_at, processing_at, created_at`;

export interface TransactionRow extends QueryResultRow {
  transaction_id: string;
  kind: string;
  status: string;
  sender_wallet_id: string;
  receiver_wallet_id: string;
  amount: string;
  currency: string;
  failure_code: string | null;
  failure_reason: string | null;
  reference: string | null;
  description: string | null;
  metadata: Record<string, unknown> | null;
  parent_transaction_id: string | null;
  partition: number;
  batch_seq: string;
  initiated_at: Date;
  processing_at: Date;
  created_at: Date;
}
