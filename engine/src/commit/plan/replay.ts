import type { PendingCommand } from '../../actor/mailbox.js';
import { keyReused, type RecordedAnswer, replay } from '../../answers.js';
import type { Command } from '../../contract/commands.js';
import { isWithin } from '../../ledger/wallet-state.js';
import type { Draft } from './draft.js';

/**
 * Answers a command whose key is known. A key is its caller's, whatever the caller is bound to; what it made is told only to who may
 * see it. Who may not hears what anybody hears who names a wallet that is not there under a key that is taken.
 */
export function planReplay(draft: Draft, pending: PendingCommand, known: RecordedAnswer): void {
  const { command } = pending;
  const { scope } = command;
  if (scope === undefined) return draft.answer(pending, replay(known, command.requestHash));
  const { wallets, view } = draft;
  const row = 'holdId' in command ? command.holdId : undefined;
  const hold = row === undefined ? undefined : wallets.hold(row);
  if (row !== undefined && !hold && !view.absentRows.has(row)) return draft.defer(pending, []);
  const payers = payersOf(command, hold?.walletId);
  const toRead = payers.filter((id) => !wallets.wallet(id) && !view.absent.has(id));
  // "Used for another request" would be a lie to who paid, and waits for a wallet that has merely left the memory.
  if (toRead.length > 0) return draft.defer(pending, toRead);
  const isOwn = payers.every((id) => {
    const payer = wallets.wallet(id);
    return payer !== undefined && isWithin(scope, payer);
  });
  draft.answer(pending, isOwn && payers.length > 0 ? replay(known, command.requestHash) : keyReused);
}

/** The wallets that the command's caller must own: those that pay, or are paid by the outside world. None: it has no hold. */
function payersOf(command: Command, holdWalletId: string | undefined): string[] {
  switch (command.type) {
    case 'TRANSFER':
      return [(command.senderWalletId ?? command.receiverWalletId) as string];
    case 'ATOMIC_BATCH':
      return command.payments.map(({ senderWalletId }) => senderWalletId);
    case 'HOLD':
      return [command.senderWalletId];
    case 'CAPTURE':
    case 'VOID':
    case 'EXPIRY':
      return holdWalletId === undefined ? [] : [holdWalletId];
    case 'REFUND':
    case 'REVERSAL':
    case 'STATUS_CHANGE':
    case 'LIMITS_CHANGE':
      return [command.walletId];
  }
}
