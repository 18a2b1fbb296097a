import type { PendingCommand } from '../../actor/mailbox.js';
import type { RefundCommand, ReversalCommand } from '../../contract/commands.js';
import type { TransferTerms } from '../../contract/transfer-terms.js';
import { refundedStale } from '../../ledger/decide/expectation.js';
import { decideRefund, decideReversal } from '../../ledger/decide/refund.js';
import { isWithin } from '../../ledger/wallet-state.js';
import type { Draft } from './draft.js';

/** What a recorded transaction paid goes back, in part or whole. The original is the ledger's, not what the gateway believes. */
export function planRefund(draft: Draft, pending: PendingCommand, command: RefundCommand | ReversalCommand): void {
  const { view, wallets, plan } = draft;
  const original = wallets.original(command.originalId);
  if (!original) return draft.missingRow(pending, command.originalId, 'TRANSACTION_NOT_FOUND');
  // Who paid is paid back by who was paid.
  const { senderWalletId: payeeId, receiverWalletId: payerId, currency } = original;
  const payer = wallets.wallet(payerId);
  const payee = wallets.wallet(payeeId);
  if (!payer || !payee) return draft.defer(pending, [payer ? payeeId : payerId]);
  const decider = payer.kind === 'FUNDING' ? payee : payer;
  if (!isWithin(command.scope, decider)) return draft.noSuchRow(pending, command.originalId, 'TRANSACTION_NOT_FOUND');
  draft.assertPartition(pending, decider.walletId);
  const stale = refundedStale(original, command.expectedRefunded);
  if (stale) return draft.reject(pending, original.transactionId, stale);
  const asked = command.type === 'REVERSAL' || command.amount === null ? null : BigInt(command.amount);
  const decision =
    command.type === 'REFUND'
      ? decideRefund(original, { payer, payee }, { amount: asked, day: plan.day })
      : decideReversal(original, { payer, payee }, plan.day);
  if (draft.restsOnHearsay(decision)) return draft.defer(pending, decision.restsOn);

  const left = original.amount - original.refunded;
  const amount = decision.type === 'REFUSED' ? (asked ?? (left || original.amount)) : decision.pair.amount;
  const terms: TransferTerms = {
    ...{ kind: command.type, senderWalletId: payerId, receiverWalletId: payeeId, amount: amount.toString(), currency },
    ...{ reference: null, description: command.reason, metadata: null, parentTransactionId: original.transactionId },
  };
  const outcome = decision.type === 'REFUSED' ? decision : wallets.post(payer, payee, decision.pair);
  if (decision.type !== 'REFUSED') wallets.changeOriginal(original, decision.original);
  const transactionId = view.mintId();
  if (command.type === 'REVERSAL' && command.traceId !== undefined && decision.type !== 'REFUSED') {
    plan.tracedReversals.push({ transactionId, traceId: command.traceId });
  }
  draft.record(pending, { transactionId, terms, amount, senderWalletId: payerId, receiverWalletId: payeeId, outcome });
}
