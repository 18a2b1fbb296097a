import { hash } from 'node:crypto';
import type { PlannedStatusChange, PlannedTransaction } from './plan/batch-plan.js';

/*
 * The leaves of a batch's Merkle tree, version 2: all that is known of a transaction or a change before the commit, as text.
 * migrations/010_apply_batch_v2.sql says what stands where; the audit writes them again from the tables.
 */

export function transactionLeaf(t: PlannedTransaction, processingAtMs: number): string {
  const { kind, currency, metadata, parentTransactionId } = t.terms;
  const refusal = t.outcome.type === 'REFUSED' ? t.outcome : null;
  return (
    `T|${t.transactionId}|${kind}|${t.senderWalletId}|${t.receiverWalletId}|${t.amount}|${currency}|` +
    `${refusal ? 'FAILED' : 'SUCCESS'}|${refusal ? refusal.code : ''}|${t.keyDigest}|${t.requestHash}|` +
    `${metadata === null ? '' : hash('sha256', metadata, 'hex')}|${parentTransactionId ?? ''}|${t.partition}|` +
    `${t.initiatedAtMs}|${processingAtMs}|${refusal ? refusal.reason : ''}`
  );
}

export function changeLeaf({
  changeId,
  partition,
  walletId,
  from,
  to,
  place,
  caller,
  reason,
}: PlannedStatusChange): string {
  return `C|${changeId}|${partition}|${walletId}|${from}|${to}|${place}|${JSON.stringify([caller, reason])}`;
}
