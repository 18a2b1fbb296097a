import type { RecordedTransaction } from '@smart-wallet/engine/contract/commands.js';
import { canonicalJson } from '@smart-wallet/engine/contract/digest.js';
import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { RefusalCode } from '@smart-wallet/engine/contract/rejection.js';
import type { TransactionKind } from '@smart-wallet/engine/contract/transaction-kind.js';
import type { TransferTerms } from '@smart-wallet/engine/contract/transfer-terms.js';
import type { QueryResultRow } from 'pg';

export const transactionColumns = `transaction_id, kind, status, sender_wallet_id, receiver_wallet_id, amount, currency,
  failure_code, failure_reason, reference, description, metadata, parent_transaction_id, effective_at, released, partition, batch_seq,
  initiated_at, processing_at, created_at`;

export interface TransactionRow extends QueryResultRow {
  transaction_id: string;
  kind: TransactionKind;
  status: RecordedTransaction['status'];
  sender_wallet_id: string;
  receiver_wallet_id: string;
  amount: string;
  currency: string;
  failure_code: RefusalCode | null;
  failure_reason: string | null;
  reference: string | null;
  description: string | null;
  metadata: Record<string, unknown> | null;
  parent_transaction_id: string | null;
  effective_at: Date | null;
  released: string | null;
  partition: number;
  batch_seq: string;
  initiated_at: Date;
  processing_at: Date;
  created_at: Date;
}

export function termsOf(row: TransactionRow): TransferTerms {
  return {
    kind: row.kind,
    senderWalletId: row.sender_wallet_id,
    receiverWalletId: row.receiver_wallet_id,
    amount: parseDecimal(row.amount).toString(),
    currency: row.currency,
    reference: row.reference,
    description: row.description,
    metadata: row.metadata === null ? null : canonicalJson(row.metadata),
    ...(row.parent_transaction_id === null ? {} : { parentTransactionId: row.parent_transaction_id }),
    ...(row.effective_at === null ? {} : { effectiveAtMs: row.effective_at.getTime() }),
  };
}

export function recordedOf(row: TransactionRow): RecordedTransaction {
  return {
    transactionId: row.transaction_id,
    status: row.status,
    failureCode: row.failure_code,
    failureReason: row.failure_reason,
    senderWalletId: row.sender_wallet_id,
    receiverWalletId: row.receiver_wallet_id,
    partition: row.partition,
    batchSeq: Number(row.batch_seq),
    initiatedAtMs: row.initiated_at.getTime(),
    processingAtMs: row.processing_at.getTime(),
    createdAtMs: row.created_at.getTime(),
    ...(row.released === null ? {} : { released: parseDecimal(row.released).toString() }),
  };
}
