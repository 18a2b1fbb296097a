import type { PendingCommand } from '../../actor/mailbox.js';
import { rejected, statusChanged } from '../../answers.js';
import type { StatusChangeCommand } from '../../contract/commands.js';
import { decideStatusChange } from '../../ledger/decide.js';
import type { Draft } from './draft.js';

/** A wallet's new status: no transaction, a line in the audit log. */
export function planStatusChange(draft: Draft, pending: PendingCommand, command: StatusChangeCommand): void {
  const wallet = draft.wallets.userWallet(command.walletId);
  if (!wallet) return draft.missing(pending, command.walletId);
  draft.assertPartition(pending, wallet);
  const decision = decideStatusChange(wallet, command.status);
  if (decision.type === 'REJECTED' || wallet.status === command.status) {
    // "No" and "already so" are answered without a commit: they may rest neither on hearsay nor on this very batch.
    if (!draft.view.fresh.has(wallet.walletId) || draft.plan.touched.has(wallet.walletId)) {
      return draft.defer(pending, [wallet.walletId]);
    }
    const no = decision.type === 'REJECTED' && rejected({ code: decision.code, detail: decision.reason });
    return draft.answer(pending, no || statusChanged);
  }
  draft.wallets.changeStatus(wallet, decision);
  const { caller, walletId, reason } = command;
  draft.plan.statusChanges.push({ caller, walletId, from: wallet.status, to: command.status, reason });
  draft.commit(pending, 0, () => statusChanged);
}
