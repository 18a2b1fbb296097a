import { hash } from 'node:crypto';
import type { Limits, PlannedChange, PlannedLimitsChange, PlannedTransaction } from './plan/batch-plan.js';

/*
 * The leaves of a batch's Merkle tree, version 3: all that is known of a transaction or a change before the commit, as text.
 * migrations/017_apply_batch_v4.sql says what stands where; the audit writes them again from the tables.
 */

/** `expiresAtMs`: of a hold that is made. */
export function transactionLeaf(t: PlannedTransaction, processingAtMs: number, expiresAtMs?: number): string {
  const { kind, currency, metadata, parentTransactionId, effectiveAtMs } = t.terms;
  const refusal = t.outcome.type === 'REFUSED' ? t.outcome : null;
  return (
    `T|${t.transactionId}|${kind}|${t.senderWalletId}|${t.receiverWalletId}|${t.amount}|${currency}|` +
    `${refusal ? 'FAILED' : 'SUCCESS'}|${refusal ? refusal.code : ''}|${t.keyDigest}|${t.requestHash}|` +
    `${metadata === null ? '' : hash('sha256', metadata, 'hex')}|${parentTransactionId ?? ''}|${t.partition}|` +
    `${t.initiatedAtMs}|${processingAtMs}|${refusal ? refusal.reason : ''}|${effectiveAtMs ?? ''}|${t.released ?? ''}|` +
    `${expiresAtMs ?? ''}`
  );
}

export function changeLeaf(change: PlannedChange): string {
  const { changeId, partition, walletId, place, caller, reason } = change;
  const of = `C|${changeId}|${partition}|${walletId}`;
  const by = `${place}|${JSON.stringify([caller, reason])}`;
  if ('refused' in change || typeof change.from === 'object') {
    const { from, to, refused } = change as PlannedLimitsChange;
    return `${of}|${limitsText(from)}|${limitsText(to)}|${by}|${refused?.code ?? ''}`;
  }
  return `${of}|${change.from}|${change.to}|${by}`;
}

function limitsText({ creditLimit, perPayment, dailyOut, dailyIn }: Limits): string {
  return JSON.stringify({ creditLimit, perPayment, dailyOut, dailyIn });
}
