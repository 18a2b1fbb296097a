import type { RecordedTransaction } from '@smart-wallet/engine/contract/commands.js';
import { formatMoney } from '@smart-wallet/engine/contract/money.js';
import type { TransferTerms } from '@smart-wallet/engine/contract/transfer-terms.js';
import { isoTime } from '../iso-time.js';
import { recordedOf, type TransactionRow, termsOf } from './transaction-row.js';

/*
 * The API's transaction, as text. Written by hand: a batch answers with a hundred of them, and one takes 2 µs so, 5 µs as
 * an object for JSON.stringify. Ids, codes and currencies need no escaping.
 */

export function recordedTransactionJson(terms: TransferTerms, recorded: RecordedTransaction): string {
  const { failureCode, released } = recorded;
  const { currency, parentTransactionId, effectiveAtMs } = terms;
  return (
    `{"transactionId":"${recorded.transactionId}","kind":"${terms.kind}","status":"${recorded.status}",` +
    `"senderWalletId":"${recorded.senderWalletId}","receiverWalletId":"${recorded.receiverWalletId}",` +
    `"amount":"${formatMoney(BigInt(terms.amount), currency)}","currency":"${currency}",` +
    `"failureCode":${failureCode === null ? 'null' : `"${failureCode}"`},"failureReason":${textJson(recorded.failureReason)},` +
    `"reference":${textJson(terms.reference)},"description":${textJson(terms.description)},"metadata":${terms.metadata ?? 'null'},` +
    `"parentTransactionId":${parentTransactionId === undefined ? 'null' : `"${parentTransactionId}"`},` +
    `"effectiveAt":${effectiveAtMs === undefined ? 'null' : `"${isoTime(effectiveAtMs)}"`},` +
    `"released":${released === undefined ? 'null' : `"${formatMoney(BigInt(released), currency)}"`},` +
    `"partition":${recorded.partition},"batchSeq":${recorded.batchSeq},"initiatedAt":"${isoTime(recorded.initiatedAtMs)}",` +
    `"processingAt":"${isoTime(recorded.processingAtMs)}","createdAt":"${isoTime(recorded.createdAtMs)}"}`
  );
}

export function transactionRowJson(row: TransactionRow): string {
  return recordedTransactionJson(termsOf(row), recordedOf(row));
}

function textJson(text: string | null): string {
  return text === null ? 'null' : JSON.stringify(text);
}
