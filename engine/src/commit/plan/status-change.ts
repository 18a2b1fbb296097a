import type { PendingCommand } from '../../actor/mailbox.js';
import type { StatusChangeCommand } from '../../contract/commands.js';
import { decideStatusChange } from '../../ledger/decide/status-change.js';
import type { Draft } from './draft.js';

/** A wallet's new status: no transaction, a line in the audit log, a name for its key. */
export function planStatusChange(draft: Draft, pending: PendingCommand, command: StatusChangeCommand): void {
  const wallet = draft.wallets.ownWallet(command.walletId, command);
  if (!wallet) return draft.missing(pending, command.walletId);
  draft.assertPartition(pending, wallet.walletId);
  const decision = decideStatusChange(wallet, command.status);
  const { caller, walletId, reason, status, traceId } = command;
  const changes = wallet.status !== status;
  if (decision.type === 'REJECTED') return draft.reject(pending, walletId, decision);
  // Nothing in the row stands behind "already so": it may rest neither on hearsay nor on this very batch.
  if (!changes && (!draft.view.fresh.has(walletId) || draft.plan.touched.has(walletId))) {
    return draft.defer(pending, [walletId]);
  }
  if (changes) draft.wallets.changeStatus(wallet, decision);
  const changeId = draft.view.mintId();
  draft.plan.changes.push({
    ...{ changeId, partition: pending.partition, caller, walletId, from: wallet.status, to: status, reason },
    place: draft.plan.transactions.length,
    ...(traceId === undefined ? {} : { traceId }),
  });
  draft.commit(pending, 'CHANGE', changeId, 0);
}
