import type { PendingCommand } from '../../actor/mailbox.js';
import type { TransferCommand } from '../../contract/commands.js';
import { decideTransfer } from '../../ledger/decide/transfer.js';
import type { Draft } from './draft.js';

/** A payment, deposit or withdrawal: one transaction under the command's key. */
export function planTransfer(draft: Draft, pending: PendingCommand, command: TransferCommand): void {
  const { view, wallets } = draft;
  const { kind, currency } = command;
  const { partition } = pending;
  const sender =
    kind === 'DEPOSIT'
      ? wallets.fundingWallet(partition, currency)
      : wallets.ownWallet(command.senderWalletId, command);
  const receiver =
    kind === 'WITHDRAWAL'
      ? wallets.fundingWallet(partition, currency)
      : kind === 'DEPOSIT'
        ? wallets.ownWallet(command.receiverWalletId, command)
        : wallets.anyWallet(command.receiverWalletId);
  if (!sender || !receiver) {
    return draft.missing(pending, (sender ? command.receiverWalletId : command.senderWalletId) as string);
  }
  draft.assertPartition(pending, (kind === 'DEPOSIT' ? receiver : sender).walletId);
  const amount = BigInt(command.amount);
  const decision = decideTransfer(sender, receiver, { kind, amount, currency, day: draft.plan.day });
  if (draft.restsOnHearsay(decision)) return draft.defer(pending, decision.restsOn);

  draft.record(pending, {
    transactionId: view.mintId(),
    terms: command,
    amount,
    senderWalletId: sender.walletId,
    receiverWalletId: receiver.walletId,
    outcome: decision.type === 'REFUSED' ? decision : wallets.post(sender, receiver, decision),
  });
}
