import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { movesMoney, type TransactionKind } from '@smart-wallet/engine/contract/transaction-kind.js';
import { type Break, moneyBreak, otherBreak } from '../finding.js';
import type { TransactionRow } from '../reads/transaction-rows.js';

/**
 * A pair is of an amount above zero, between two wallets, in the currency of both, and has both entries or none, as its kind says.
 * `currencyOf`: of a wallet; undefined: there is no such wallet, which is another check's finding.
 */
export function checkPair(t: TransactionRow, currencyOf: (walletId: string) => string | undefined): Break[] {
  const { transactionId, engineId, batchSeq } = t;
  const place = { transactionId, engineId, batchSeq };
  const breaks: Break[] = [];
  const amount = parseDecimal(t.amount);
  if (amount <= 0n) {
    breaks.push(moneyBreak('PAIR', place, { what: 'amount', currency: t.currency, expected: 0n, found: amount }));
  }
  if (t.senderWalletId === t.receiverWalletId) {
    const wallets = { what: 'receiver', expected: null, found: t.receiverWalletId };
    breaks.push(otherBreak('PAIR', { ...place, walletId: t.senderWalletId }, wallets));
  }
  const entries = [t.senderEntryNo, t.receiverEntryNo, t.senderBalanceAfter, t.receiverBalanceAfter];
  const there = entries.filter((value) => value !== null).length;
  const right = t.status === 'SUCCESS' && movesMoney[t.kind as TransactionKind] === true ? 4 : 0;
  if (there !== right) {
    const what = { what: 'entries', expected: String(right / 2), found: String(there / 2) };
    breaks.push(otherBreak('PAIR', place, what));
  }
  // A refusal may be just that: that the currencies differ.
  if (t.status !== 'SUCCESS') return breaks;
  for (const walletId of [t.senderWalletId, t.receiverWalletId]) {
    const expected = currencyOf(walletId);
    if (expected === undefined || expected === t.currency) continue;
    breaks.push(otherBreak('PAIR', { ...place, walletId }, { what: 'currency', expected, found: t.currency }));
  }
  return breaks;
}
