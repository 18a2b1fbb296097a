import { randomUUID } from 'node:crypto';
import type { TransferKind } from '@smart-wallet/engine/contract/commands.js';
import type { Purse } from './purses.js';

/** Money that shall move: one call of the API, whatever it takes. */
export interface Movement {
  readonly kind: TransferKind;
  /** Stays the same however often it is asked for. */
  readonly key: string;
  readonly sender: Purse | null;
  readonly receiver: Purse | null;
  /** Ten-thousandths. */
  readonly amount: bigint;
  readonly currency: string;
  readonly reference: string;
  /** Asks for more than its sender has. */
  readonly meantToFail: boolean;
}

/** How a movement ended. `UNKNOWN`: nobody answered for so long that its caller gave up. `UNSENT`: there was no room for it. */
export type Ending = 'SUCCESS' | 'REFUSED' | 'UNKNOWN' | 'UNSENT';

export function payment(
  sender: Purse,
  receiver: Purse,
  amount: bigint,
  reference: string,
  meantToFail = false,
): Movement {
  const { currency } = sender.member;
  return begun({ kind: 'PAYMENT', key: randomUUID(), sender, receiver, amount, currency, reference, meantToFail });
}

export function deposit(receiver: Purse, amount: bigint, reference: string): Movement {
  receiver.settling = true;
  const { currency } = receiver.member;
  const common = { key: randomUUID(), amount, currency, reference, meantToFail: false };
  return begun({ kind: 'DEPOSIT', sender: null, receiver, ...common });
}

export function withdrawal(sender: Purse, amount: bigint, reference: string): Movement {
  sender.settling = true;
  const { currency } = sender.member;
  const common = { key: randomUUID(), amount, currency, reference, meantToFail: false };
  return begun({ kind: 'WITHDRAWAL', sender, receiver: null, ...common });
}

/** What is known once it has ended. */
export function settle({ kind, sender, receiver, amount, meantToFail }: Movement, ending: Ending): void {
  if (!meantToFail) {
    if (sender) sender.leaving -= amount;
    if (receiver) receiver.arriving -= amount;
  }
  if (ending === 'SUCCESS') {
    if (sender) sender.balance -= amount;
    if (receiver) receiver.balance += amount;
  }
  for (const purse of [sender, receiver]) {
    if (!purse) continue;
    if (kind !== 'PAYMENT') purse.settling = false;
    if (ending === 'UNKNOWN' || (ending === 'REFUSED' && !meantToFail)) purse.doubtful = true;
  }
}

function begun(movement: Movement): Movement {
  const { sender, receiver, amount, meantToFail } = movement;
  if (!meantToFail) {
    if (sender) sender.leaving += amount;
    if (receiver) receiver.arriving += amount;
  }
  return movement;
}
