import type { RecordedTransaction } from '@smart-wallet/engine/contract/commands.js';
import { canonicalJson } from '@smart-wallet/engine/contract/digest.js';
import { formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { isoTime } from '../iso-time.js';
import type { TransactionRow } from './transaction-row.js';

/*
 * The API's transaction, as text. Written by hand: a batch answers with a hundred of them, and one takes 2 µs so, 5 µs as
 * an object for JSON.stringify. Ids, codes and currencies need no escaping.
 */

/** What the request says of a transaction. */
interface Requested {
  /** Ten-thousandths, in decimal digits. */
  amount: string;
  currency: string;
  reference: string | null;
  description: string | null;
  /** Canonical JSON. */
  metadata: string | null;
}

export function recordedTransactionJson(kind: string, requested: Requested, recorded: RecordedTransaction): string {
  return transactionJson(
    recorded.transactionId,
    kind,
    recorded.status,
    recorded.senderWalletId,
    recorded.receiverWalletId,
    formatMoney(BigInt(requested.amount), requested.currency),
    requested.currency,
    recorded.failureCode,
    recorded.failureReason,
    requested.reference,
    requested.description,
    requested.metadata,
    null,
    recorded.partition,
    recorded.batchSeq,
    recorded.initiatedAtMs,
    recorded.processingAtMs,
    recorded.createdAtMs,
  );
}

export function transactionRowJson(row: TransactionRow): string {
  return transactionJson(
    row.transaction_id,
    row.kind,
    row.status,
    row.sender_wallet_id,
    row.receiver_wallet_id,
    formatMoney(parseDecimal(row.amount), row.currency),
    row.currency,
    row.failure_code,
    row.failure_reason,
    row.reference,
    row.description,
    row.metadata === null ? null : canonicalJson(row.metadata),
    row.parent_transaction_id,
    row.partition,
    Number(row.batch_seq),
    row.initiated_at.getTime(),
    row.processing_at.getTime(),
    row.created_at.getTime(),
  );
}

function transactionJson(
  transactionId: string,
  kind: string,
  status: string,
  senderWalletId: string,
  receiverWalletId: string,
  amount: string,
  currency: string,
  failureCode: string | null,
  failureReason: string | null,
  reference: string | null,
  description: string | null,
  metadata: string | null,
  parentTransactionId: string | null,
  partition: number,
  batchSeq: number,
  initiatedAtMs: number,
  processingAtMs: number,
  createdAtMs: number,
): string {
  return (
    `{"transactionId":"${transactionId}","kind":"${kind}","status":"${status}","senderWalletId":"${senderWalletId}",` +
    `"receiverWalletId":"${receiverWalletId}","amount":"${amount}","currency":"${currency}",` +
    `"failureCode":${failureCode === null ? 'null' : `"${failureCode}"`},"failureReason":${textJson(failureReason)},` +
    `"reference":${textJson(reference)},"description":${textJson(description)},"metadata":${metadata ?? 'null'},` +
    `"parentTransactionId":${parentTransactionId === null ? 'null' : `"${parentTransactionId}"`},"partition":${partition},` +
    `"batchSeq":${batchSeq},"initiatedAt":"${isoTime(initiatedAtMs)}","processingAt":"${isoTime(processingAtMs)}",` +
    `"createdAt":"${isoTime(createdAtMs)}"}`
  );
}

function textJson(text: string | null): string {
  return text === null ? 'null' : JSON.stringify(text);
}
