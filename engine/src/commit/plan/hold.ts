import type { PendingCommand } from '../../actor/mailbox.js';
import { nothingDue } from '../../answers.js';
import type { CaptureCommand, ExpiryCommand, HoldCommand, VoidCommand } from '../../contract/commands.js';
import { holdLivesMs } from '../../contract/limits.js';
import type { TransferTerms } from '../../contract/transfer-terms.js';
import { decideCapture } from '../../ledger/decide/capture.js';
import { remainingStale } from '../../ledger/decide/expectation.js';
import { decideHold } from '../../ledger/decide/hold.js';
import { decideExpiry, decideVoid } from '../../ledger/decide/hold-end.js';
import { refused } from '../../ledger/decide/refusal.js';
import { type HoldState, remainingOf } from '../../ledger/hold-state.js';
import { isWithin } from '../../ledger/wallet-state.js';
import { notPosted } from './batch-plan.js';
import type { Draft } from './draft.js';

/** Money is set apart: a transaction without entries, whose id is the hold's. */
export function planHold(draft: Draft, pending: PendingCommand, command: HoldCommand): void {
  const { view, wallets, plan } = draft;
  const { senderWalletId, receiverWalletId, currency } = command;
  const payer = wallets.ownWallet(senderWalletId, command);
  const receiver = wallets.anyWallet(receiverWalletId);
  if (!payer || !receiver) return draft.missing(pending, payer ? receiverWalletId : senderWalletId);
  draft.assertPartition(pending, senderWalletId);
  const amount = BigInt(command.amount);
  // Recorded, for only the commit looks its key up in the ledger: who asks again for a hold that was made hears of it, however late.
  const isOver = command.expiresAtMs !== null && command.expiresAtMs <= view.nowMs;
  const decision = isOver ? overBeforeMade : decideHold(payer, receiver, { amount, currency, day: plan.day });
  if (draft.restsOnHearsay(decision)) return draft.defer(pending, decision.restsOn);

  // Who knows a hold's id knows its owner.
  const holdId = view.mintIdIn(pending.partition);
  if (decision.type === 'FUNDS_HELD') {
    wallets.setApart(payer, decision);
    wallets.makeHold({
      ...{
        holdId,
        walletId: senderWalletId,
        receiverWalletId,
        currency,
        amount,
        captured: 0n,
        captures: 0,
        status: 'OPEN',
      },
      ...{ expiresAtMs: command.expiresAtMs ?? view.nowMs + holdLivesMs, day: plan.day },
    });
  }
  const outcome = decision.type === 'REFUSED' ? decision : notPosted;
  draft.record(pending, { transactionId: holdId, terms: command, amount, senderWalletId, receiverWalletId, outcome });
}

/** What was set apart goes to its receiver, in part or whole. */
export function planCapture(draft: Draft, pending: PendingCommand, command: CaptureCommand): void {
  const { view, wallets } = draft;
  const hold = wallets.hold(command.holdId);
  if (!hold) return draft.missingRow(pending, command.holdId, 'HOLD_NOT_FOUND');
  const payer = wallets.wallet(hold.walletId);
  const receiver = wallets.wallet(hold.receiverWalletId);
  if (!payer || !receiver) return draft.defer(pending, [payer ? hold.receiverWalletId : hold.walletId]);
  if (!isWithin(command.scope, payer)) return draft.noSuchRow(pending, command.holdId, 'HOLD_NOT_FOUND');
  draft.assertPartition(pending, hold.walletId);
  const stale = remainingStale(hold, command.expectedRemaining);
  if (stale) return draft.reject(pending, hold.holdId, stale);
  const asked = command.amount === null ? null : BigInt(command.amount);
  const decision = decideCapture(hold, payer, receiver, { amount: asked, final: command.final, nowMs: view.nowMs });
  if (draft.restsOnHearsay(decision)) return draft.defer(pending, decision.restsOn);

  const transactionId = view.mintId();
  if (decision.type === 'REFUSED') {
    // A refused transaction has an amount: what was asked for, which may be all that there ever was.
    const amount = asked ?? (remainingOf(hold) || hold.amount);
    return draft.record(pending, { transactionId, ...ofHold('CAPTURE', hold, amount), outcome: decision });
  }
  const { pair, released } = decision;
  wallets.changeHold(hold, decision.hold);
  const outcome = wallets.post(payer, receiver, pair);
  draft.record(pending, { transactionId, ...ofHold('CAPTURE', hold, pair.amount), released, outcome });
}

/** What was not captured goes back: it is asked for, or the hold's time is over. */
export function planHoldEnd(draft: Draft, pending: PendingCommand, command: VoidCommand | ExpiryCommand): void {
  const { view, wallets } = draft;
  const hold = wallets.hold(command.holdId);
  if (!hold) return draft.missingRow(pending, command.holdId, 'HOLD_NOT_FOUND');
  const payer = wallets.wallet(hold.walletId);
  if (!payer) return draft.defer(pending, [hold.walletId]);
  if (!isWithin(command.scope, payer)) return draft.noSuchRow(pending, command.holdId, 'HOLD_NOT_FOUND');
  draft.assertPartition(pending, hold.walletId);
  const decision = command.type === 'VOID' ? decideVoid(hold, view.nowMs) : decideExpiry(hold, view.nowMs);
  if (!decision) return draft.answer(pending, nothingDue);
  if (draft.restsOnHearsay(decision)) return draft.defer(pending, decision.restsOn);

  const transactionId = view.mintId();
  if (decision.type === 'REFUSED') {
    const amount = remainingOf(hold) || hold.amount;
    return draft.record(pending, { transactionId, ...ofHold(command.type, hold, amount), outcome: decision });
  }
  wallets.changeHold(hold, decision.hold);
  wallets.giveBack(payer, decision.released);
  draft.record(pending, { transactionId, ...ofHold(command.type, hold, decision.released.amount), outcome: notPosted });
}

function ofHold(kind: 'CAPTURE' | 'VOID' | 'EXPIRY', hold: HoldState, amount: bigint) {
  const { holdId, walletId: senderWalletId, receiverWalletId, currency } = hold;
  const terms: TransferTerms = {
    ...{ kind, senderWalletId, receiverWalletId, amount: amount.toString(), currency },
    ...{ reference: null, description: null, metadata: null, parentTransactionId: holdId },
  };
  return { terms, amount, senderWalletId, receiverWalletId };
}

const overBeforeMade = refused('HOLD_EXPIRED', 'The hold would be over before it is made.');
