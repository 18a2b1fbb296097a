import type { Command } from './commands.js';
import type { PaymentTerms } from './transfer-terms.js';

/*
 * What programs must know of a command to route, count and join it, whatever its type. A new type is answered here, function
 * by function (one that forgets it does not compile), and has a plan of its own in the engine.
 */

/** The id that hashes to the partition whose owner must decide the command: a wallet's, or a hold's. */
export function routingIdOf(command: Command): string {
  switch (command.type) {
    case 'TRANSFER':
      return (command.senderWalletId ?? command.receiverWalletId) as string;
    case 'ATOMIC_BATCH':
      return (command.payments[0] as PaymentTerms).senderWalletId;
    case 'HOLD':
      return command.senderWalletId;
    case 'CAPTURE':
    case 'VOID':
    case 'EXPIRY':
      return command.holdId;
    case 'REFUND':
    case 'REVERSAL':
    case 'STATUS_CHANGE':
    case 'LIMITS_CHANGE':
      return command.walletId;
  }
}

/** What it takes of a batch, a mailbox and a message: its payments. */
export function weightOf(command: Command): number {
  return command.type === 'ATOMIC_BATCH' ? command.payments.length : 1;
}

/** The wallets it names, null where the partition's funding wallet stands. Those of its hold or its original are others. */
export function walletsOf(command: Command): (string | null)[] {
  switch (command.type) {
    case 'TRANSFER':
    case 'HOLD':
      return [command.senderWalletId, command.receiverWalletId];
    case 'ATOMIC_BATCH':
      return command.payments.flatMap(({ senderWalletId, receiverWalletId }) => [senderWalletId, receiverWalletId]);
    case 'CAPTURE':
    case 'VOID':
    case 'EXPIRY':
      return [];
    case 'REFUND':
    case 'REVERSAL':
    case 'STATUS_CHANGE':
    case 'LIMITS_CHANGE':
      return [command.walletId];
  }
}

/** The hold that it is about, made by another command. */
export function holdOf(command: Command): string | null {
  switch (command.type) {
    case 'CAPTURE':
    case 'VOID':
    case 'EXPIRY':
      return command.holdId;
    default:
      return null;
  }
}

/** The recorded transaction that it pays back. */
export function originalOf(command: Command): string | null {
  return command.type === 'REFUND' || command.type === 'REVERSAL' ? command.originalId : null;
}

/** The currency in which it needs its partition's funding wallet; null: it needs none. (A reversal finds the original's.) */
export function fundingCurrencyOf(command: Command): string | null {
  return command.type === 'TRANSFER' && command.kind !== 'PAYMENT' ? command.currency : null;
}

/** May it lower wallets of other partitions than that of `routingIdOf`? Their owners are told. */
export function lowersForeignWallets(command: Command): boolean {
  return command.type === 'ATOMIC_BATCH';
}
