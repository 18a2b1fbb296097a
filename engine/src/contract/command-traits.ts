import type { Command } from './commands.js';
import type { PaymentTerms } from './transfer-terms.js';

/*
 * What programs must know of a command to route, count and join it, whatever its type. A new type is answered here, function
 * by function (one that forgets it does not compile), and has a plan of its own in the engine.
 */

/** The wallet whose partition's owner must decide the command. */
export function commandWalletId(command: Command): string {
  switch (command.type) {
    case 'TRANSFER':
      return (command.senderWalletId ?? command.receiverWalletId) as string;
    case 'ATOMIC_BATCH':
      return (command.payments[0] as PaymentTerms).senderWalletId;
    case 'STATUS_CHANGE':
      return command.walletId;
  }
}

/** What it takes of a batch, a mailbox and a message: its payments. */
export function weightOf(command: Command): number {
  switch (command.type) {
    case 'ATOMIC_BATCH':
      return command.payments.length;
    case 'TRANSFER':
    case 'STATUS_CHANGE':
      return 1;
  }
}

/** The wallets it names, null where the partition's funding wallet stands. */
export function walletsOf(command: Command): (string | null)[] {
  switch (command.type) {
    case 'TRANSFER':
      return [command.senderWalletId, command.receiverWalletId];
    case 'ATOMIC_BATCH':
      return command.payments.flatMap(({ senderWalletId, receiverWalletId }) => [senderWalletId, receiverWalletId]);
    case 'STATUS_CHANGE':
      return [command.walletId];
  }
}

/** The currency in which it needs its partition's funding wallet; null: it needs none. */
export function fundingCurrencyOf(command: Command): string | null {
  switch (command.type) {
    case 'TRANSFER':
      return command.kind === 'PAYMENT' ? null : command.currency;
    case 'ATOMIC_BATCH':
    case 'STATUS_CHANGE':
      return null;
  }
}

/** May it lower wallets of other partitions than that of `commandWalletId`? Their owners are told. */
export function lowersForeignWallets(command: Command): boolean {
  switch (command.type) {
    case 'ATOMIC_BATCH':
      return true;
    case 'TRANSFER':
    case 'STATUS_CHANGE':
      return false;
  }
}
