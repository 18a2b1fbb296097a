import { randomUUID } from 'node:crypto';
import type {
  NewCapture,
  NewDeposit,
  NewHold,
  NewPayment,
  NewRefund,
  NewReversal,
  NewWithdrawal,
} from '@smart-wallet/client';
import { formatMoney } from '@smart-wallet/engine/contract/money.js';
import type { TransactionKind } from '@smart-wallet/engine/contract/transaction-kind.js';
import type { Purse } from './purses.js';

/** Money that shall move, be set apart or come back: one call of the API, whatever it takes. */
export interface Movement {
  /** A payroll is an atomic batch of payments. */
  readonly kind: Exclude<TransactionKind, 'EXPIRY'> | 'PAYROLL';
  /** Stays the same however often it is asked for. */
  readonly key: string;
  readonly sender: Purse | null;
  readonly receiver: Purse | null;
  /** Ten-thousandths. */
  readonly amount: bigint;
  readonly currency: string;
  readonly reference: string;
  /** The platform refuses it. */
  readonly meantToFail: boolean;
  /** How many transactions it makes. */
  readonly count: number;
  readonly ask: Ask;
  /** What its success changes. */
  readonly effects: readonly Effect[];
}

/** A call of the API; `of`: the wallet, hold or transaction that it is about. */
export type Ask =
  | { readonly call: 'pay'; readonly of?: never; readonly body: NewPayment }
  | { readonly call: 'payTogether'; readonly of?: never; readonly body: readonly NewPayment[] }
  | { readonly call: 'deposit'; readonly of: string; readonly body: NewDeposit }
  | { readonly call: 'withdraw'; readonly of: string; readonly body: NewWithdrawal }
  | { readonly call: 'hold'; readonly of?: never; readonly body: NewHold }
  | { readonly call: 'capture'; readonly of: string; readonly body: NewCapture }
  | { readonly call: 'voidHold'; readonly of: string; readonly body: object }
  | { readonly call: 'refund'; readonly of: string; readonly body: NewRefund }
  | { readonly call: 'reverse'; readonly of: string; readonly body: NewReversal };

/** Ten-thousandths by which a wallet's balance, and what is held of it, change. */
export interface Effect {
  readonly purse: Purse;
  readonly balance: bigint;
  readonly held: bigint;
}

/** How a movement ended. `UNKNOWN`: nobody answered for so long that its caller gave up. `UNSENT`: there was no room for it. */
export type Ending = 'SUCCESS' | 'REFUSED' | 'UNKNOWN' | 'UNSENT';

/** What all kinds have in common: a new key, one transaction, and nothing wrong with it. */
export type NewMovement = Omit<Movement, 'key' | 'count' | 'meantToFail'> &
  Partial<Pick<Movement, 'key' | 'count' | 'meantToFail'>>;

export function payment(
  sender: Purse,
  receiver: Purse,
  amount: bigint,
  reference: string,
  { meantToFail = false, description = null }: { meantToFail?: boolean; description?: string | null } = {},
): Movement {
  const { currency } = sender.member;
  const wallets = { senderWalletId: sender.member.walletId, receiverWalletId: receiver.member.walletId };
  const body = { ...wallets, ...money(amount, currency), reference, description };
  return begun({
    ...{ kind: 'PAYMENT', sender, receiver, amount, currency, reference, meantToFail },
    ask: { call: 'pay', body },
    effects: [
      { purse: sender, balance: -amount, held: 0n },
      { purse: receiver, balance: amount, held: 0n },
    ],
  });
}

export function deposit(receiver: Purse, amount: bigint, reference: string, key?: string): Movement {
  const { currency, walletId } = receiver.member;
  receiver.settling = true;
  return begun({
    ...{ kind: 'DEPOSIT', sender: null, receiver, amount, currency, reference, ...(key && { key }) },
    ask: { call: 'deposit', of: walletId, body: { ...money(amount, currency), reference } },
    effects: [{ purse: receiver, balance: amount, held: 0n }],
  });
}

export function withdrawal(sender: Purse, amount: bigint, reference: string): Movement {
  const { currency, walletId } = sender.member;
  sender.settling = true;
  return begun({
    ...{ kind: 'WITHDRAWAL', sender, receiver: null, amount, currency, reference },
    ask: { call: 'withdraw', of: walletId, body: { ...money(amount, currency), reference } },
    effects: [{ purse: sender, balance: -amount, held: 0n }],
  });
}

/** It is under way from now on: what leaves a wallet is not spent twice, what arrives is not spent before it is there. */
export function begun(about: NewMovement): Movement {
  const movement: Movement = { key: randomUUID(), count: 1, meantToFail: false, ...about };
  promise(movement, 1n);
  return movement;
}

/** What is known once it has ended. */
export function settle(movement: Movement, ending: Ending): void {
  const { kind, effects, meantToFail } = movement;
  promise(movement, -1n);
  for (const { purse, balance, held } of effects) {
    if (ending === 'SUCCESS') {
      purse.balance += balance;
      purse.held += held;
    }
    if (kind === 'DEPOSIT' || kind === 'WITHDRAWAL') purse.settling = false;
    if (ending === 'UNKNOWN' || (ending === 'REFUSED' && !meantToFail)) purse.doubtful = true;
  }
  if (ending !== 'SUCCESS') uncount(movement);
}

/** As a request says it. */
export function money(amount: bigint, currency: string) {
  return { amount: formatMoney(amount, currency), currency };
}

/** Counts to the daily limit of who sends. */
const counted: readonly Movement['kind'][] = ['PAYMENT', 'WITHDRAWAL', 'HOLD', 'PAYROLL'];

function promise(movement: Movement, sign: 1n | -1n): void {
  const { kind, sender, amount, effects, meantToFail } = movement;
  for (const { purse, balance, held } of effects) {
    purse.underWay += Number(sign);
    if (meantToFail) continue;
    const available = balance - held;
    if (available < 0n) purse.leaving -= sign * available;
    else purse.arriving += sign * available;
  }
  if (sign > 0n && !meantToFail && counted.includes(kind)) sender?.sends(amount);
}

/** What was not sent does not count. */
function uncount({ kind, sender, amount, meantToFail }: Movement): void {
  if (!meantToFail && counted.includes(kind)) sender?.sends(-amount);
}
