import type { PendingCommand } from '../../actor/mailbox.js';
import { keyReused, recorded } from '../../answers.js';
import type { TransferCommand } from '../../contract/commands.js';
import { decideTransfer } from '../../ledger/decide.js';
import type { CommittedAnswer } from './batch-plan.js';
import type { Draft } from './draft.js';

/** A payment, deposit or withdrawal: one transaction under the command's key. */
export function planTransfer(draft: Draft, pending: PendingCommand, command: TransferCommand): void {
  const { view, wallets } = draft;
  const known = view.knownAnswer(command.keyDigest);
  if (known) {
    const same = known.requestHash === command.requestHash;
    return draft.answer(pending, same ? recorded(known.transactionText, true) : keyReused);
  }
  if (draft.keys.has(command.keyDigest)) return draft.defer(pending, []);

  const { kind, currency } = command;
  const { partition } = pending;
  const sender =
    kind === 'DEPOSIT' ? wallets.fundingWallet(partition, currency) : wallets.userWallet(command.senderWalletId);
  const receiver =
    kind === 'WITHDRAWAL' ? wallets.fundingWallet(partition, currency) : wallets.userWallet(command.receiverWalletId);
  if (!sender || !receiver) {
    return draft.missing(pending, (sender ? command.receiverWalletId : command.senderWalletId) as string);
  }
  draft.assertPartition(pending, kind === 'DEPOSIT' ? receiver : sender);
  const amount = BigInt(command.amount);
  const decision = decideTransfer(sender, receiver, { amount, currency });
  if (draft.restsOnHearsay(decision)) return draft.defer(pending, decision.restsOn);

  draft.keys.add(command.keyDigest);
  draft.commit(pending, 1, transferAnswer);
  draft.plan.transactions.push({
    transactionId: view.mintTransactionId(),
    terms: command,
    amount,
    senderWalletId: sender.walletId,
    receiverWalletId: receiver.walletId,
    caller: command.caller,
    idempotencyKey: command.idempotencyKey,
    keyDigest: command.keyDigest,
    requestHash: command.requestHash,
    partition,
    initiatedAtMs: command.initiatedAtMs,
    outcome: decision.type === 'REFUSED' ? decision : wallets.post(sender, receiver, decision),
  });
}

const transferAnswer: CommittedAnswer = (transactionTexts, first) => recorded(transactionTexts[first] as string, false);
