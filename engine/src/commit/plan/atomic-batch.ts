import type { PendingCommand } from '../../actor/mailbox.js';
import type { AtomicBatchCommand } from '../../contract/commands.js';
import type { Refusal } from '../../ledger/decide/refusal.js';
import { decideTransfer } from '../../ledger/decide/transfer.js';
import type { PairPosted } from '../../ledger/events.js';
import { evolve } from '../../ledger/evolve.js';
import { isWithin, type WalletState } from '../../ledger/wallet-state.js';
import type { Draft } from './draft.js';

/** Payments that all succeed or are all refused, under one key: each a transaction. */
export function planAtomicBatch(draft: Draft, pending: PendingCommand, command: AtomicBatchCommand): void {
  const { view, wallets } = draft;
  const decisions = decideAll(draft, pending, command);
  if (!decisions) return;
  const succeeds = decisions.every((decision) => decision.type === 'PAIR_POSTED');
  const transactionIds = command.payments.map(() => view.mintId());
  draft.commit(pending, 'ATOMIC_BATCH', transactionIds[0] as string, command.payments.length);
  for (const [item, payment] of command.payments.entries()) {
    const decision = decisions[item] as PairPosted | Refusal;
    draft.plan.transactions.push({
      transactionId: transactionIds[item] as string,
      terms: payment,
      amount: BigInt(payment.amount),
      senderWalletId: payment.senderWalletId,
      receiverWalletId: payment.receiverWalletId,
      caller: command.caller,
      idempotencyKey: command.idempotencyKey,
      keyDigest: command.keyDigest,
      requestHash: command.requestHash,
      partition: pending.partition,
      initiatedAtMs: command.initiatedAtMs,
      outcome:
        decision.type === 'REFUSED'
          ? decision
          : succeeds
            ? wallets.postOfBatch(
                wallets.anyWallet(payment.senderWalletId) as WalletState,
                wallets.anyWallet(payment.receiverWalletId) as WalletState,
                decision,
              )
            : batchRefused,
    });
  }
}

/** Each payment on the state that those before it would leave behind. undefined: the command is answered or waits. */
function decideAll(
  draft: Draft,
  pending: PendingCommand,
  command: AtomicBatchCommand,
): (PairPosted | Refusal)[] | undefined {
  const { wallets } = draft;
  const decisions: (PairPosted | Refusal)[] = [];
  const scratch = new Map<string, WalletState>();
  const restsOn: string[] = [];
  let onHearsay = false;
  const [first] = command.payments;
  const firstSender = first && wallets.ownWallet(first.senderWalletId, command);
  if (firstSender) draft.assertPartition(pending, firstSender.walletId);
  for (const [item, payment] of command.payments.entries()) {
    const { senderWalletId, receiverWalletId, currency } = payment;
    const payer = scratch.get(senderWalletId) ?? wallets.anyWallet(senderWalletId);
    const sender = payer && isWithin(command.scope, payer) ? payer : undefined;
    const receiver = scratch.get(receiverWalletId) ?? wallets.anyWallet(receiverWalletId);
    if (!sender || !receiver) {
      draft.missing(pending, sender ? receiverWalletId : senderWalletId, item);
      return undefined;
    }
    const amount = BigInt(payment.amount);
    const decision = decideTransfer(sender, receiver, { kind: 'PAYMENT', amount, currency, day: draft.plan.day });
    decisions.push(decision);
    if (decision.type === 'REFUSED') restsOn.push(...decision.restsOn);
    onHearsay ||= draft.restsOnHearsay(decision);
    if (decision.type === 'PAIR_POSTED') {
      scratch.set(sender.walletId, evolve(sender, decision));
      scratch.set(receiver.walletId, evolve(receiver, decision));
    }
  }
  if (!onHearsay) return decisions;
  // All of them, or those that are fresh now would be hearsay when the others have been read.
  draft.defer(pending, restsOn);
  return undefined;
}

const batchRefused: Refusal = {
  type: 'REFUSED',
  code: 'BATCH_REFUSED',
  reason: 'Another payment of the same atomic batch was refused.',
  restsOn: [],
};
