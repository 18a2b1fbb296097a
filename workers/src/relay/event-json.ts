import { currencyExponent } from '@smart-wallet/engine/contract/currency.js';
import { formatMoney, moneyScale } from '@smart-wallet/engine/contract/money.js';
import type { Batch, BatchChange, ChangedLimits } from './batch.js';
import { isoTime } from './iso-time.js';
import type { TransactionRow } from './read-transactions.js';

/*
 * Events as text (their shapes: event.ts). Put together by hand, from pieces that Postgres has written: an object for JSON.stringify takes
 * several times as long, and every payment passes here.
 */

const noTerms =
  '"failureCode":null,"failureReason":null,"reference":null,"description":null,"metadata":null,"parentTransactionId":null,"effectiveAt":null';

export function transactionEvent(row: TransactionRow, batch: Batch, sequence: number): string {
  const [id, partition, status, currency, amount, released, senderAfter, receiverAfter, senderNo, receiverNo] = row;
  const [, , , , , , , , , , kind, sender, receiver, initiatedAt, processingAt, terms] = row;
  return (
    `{"eventId":"${id}","type":"transaction.${status === 'SUCCESS' ? 'succeeded' : 'failed'}","version":1,"occurredAt":"${batch.at}",` +
    `"partition":${partition},"sequence":${sequence},"data":{"transactionId":"${id}",` +
    `"kind":"${kind}","status":"${status}","senderWalletId":"${sender}","receiverWalletId":"${receiver}",` +
    `"amount":"${moneyOf(amount, currency)}","currency":"${currency}",${terms || noTerms},"released":${money(released, currency)},` +
    `"partition":${partition},"batchSeq":${batch.seq},"initiatedAt":"${isoTime(initiatedAt)}","processingAt":"${isoTime(processingAt)}",` +
    `"createdAt":"${batch.at}","senderEntryNo":${senderNo || 'null'},"senderBalanceAfter":${money(senderAfter, currency)},` +
    `"receiverEntryNo":${receiverNo || 'null'},"receiverBalanceAfter":${money(receiverAfter, currency)}}}`
  );
}

/** `currency`: of the wallet; it is needed for limits. */
export function changeEvent(
  change: BatchChange,
  { at, seq }: Batch,
  sequence: number,
  currency: string | undefined,
): string {
  const { changeId, partition, walletId, reason, from, to } = change;
  const ofLimits = typeof from !== 'string' && typeof to !== 'string';
  const what =
    typeof from === 'string' || typeof to === 'string'
      ? { from, to }
      : { currency, from: limits(from, currency as string), to: limits(to, currency as string) };
  return JSON.stringify({
    ...{ eventId: changeId, type: ofLimits ? 'wallet.limits_changed' : 'wallet.status_changed', version: 1 },
    ...{ occurredAt: at, partition, sequence },
    data: { changeId, walletId, ...what, reason, batchSeq: seq, changedAt: at },
  });
}

function limits({ creditLimit, perPayment, dailyOut, dailyIn }: ChangedLimits, currency: string) {
  const bound = (scaled: string | null) => (scaled === null ? null : formatMoney(BigInt(scaled), currency));
  return {
    creditLimit: creditLimit === '0' ? null : bound(creditLimit),
    ...{ perPayment: bound(perPayment), dailyOut: bound(dailyOut), dailyIn: bound(dailyIn) },
  };
}

/**
 * A DECIMAL(19,4) as Postgres prints it, with the currency's decimals: those that it has too many are zeros, and cut off.
 * Throws where they are not: the ledger would contradict itself.
 */
export function moneyOf(decimal: string, currency: string): string {
  const exponent = currencyExponent(currency);
  if (exponent === undefined) throw new RangeError(`unknown currency ${currency}`);
  const cut = decimal.length - (moneyScale - exponent);
  for (let i = cut; i < decimal.length; i++) {
    if (decimal.charCodeAt(i) !== 48) throw new RangeError(`${decimal} has more decimals than ${currency}`);
  }
  return decimal.slice(0, exponent === 0 ? cut - 1 : cut);
}

const money = (decimal: string, currency: string) => (decimal === '' ? 'null' : `"${moneyOf(decimal, currency)}"`);
