import { balanceLimit, formatMoney } from '../contract/money.js';
import type { RefusalCode, RejectionCode } from '../contract/rejection.js';
import type { WalletStatus } from '../contract/wallet.js';
import { mayBecome, type WalletState } from './wallet-state.js';

/** Move `amount` ten-thousandths of `currency` from sender to receiver. */
export interface Transfer {
  readonly amount: bigint;
  readonly currency: string;
}

export interface PairPosted {
  readonly type: 'PAIR_POSTED';
  readonly senderWalletId: string;
  readonly receiverWalletId: string;
  readonly amount: bigint;
}

export interface StatusChanged {
  readonly type: 'STATUS_CHANGED';
  readonly walletId: string;
  readonly status: WalletStatus;
}

/** Will be recorded, as a FAILED transaction. */
export interface Refusal {
  readonly type: 'REFUSED';
  readonly code: RefusalCode;
  readonly reason: string;
  /** Wallets whose changeable state the refusal rests on. Empty when it rests on what never changes. */
  readonly restsOn: readonly string[];
}

/** Will not be recorded: it rests on the wallet as it is now. */
export interface Rejection {
  readonly type: 'REJECTED';
  readonly code: Extract<RejectionCode, 'ILLEGAL_STATUS_CHANGE' | 'WALLET_NOT_EMPTY'>;
  readonly reason: string;
}

/** May this money move? The first rule broken decides, so equal states give equal answers. */
export function decideTransfer(
  sender: WalletState,
  receiver: WalletState,
  { amount, currency }: Transfer,
): PairPosted | Refusal {
  for (const wallet of [sender, receiver]) {
    if (wallet.currency !== currency) {
      const reason = `Wallet ${wallet.walletId} holds ${wallet.currency}, the payment is in ${currency}.`;
      return { type: 'REFUSED', code: 'CURRENCY_MISMATCH', reason, restsOn: [] };
    }
  }
  for (const wallet of [sender, receiver]) {
    if (wallet.status !== 'ACTIVE') {
      const reason = `Wallet ${wallet.walletId} is ${wallet.status}; only ACTIVE wallets send or receive (PATCH its status).`;
      return { type: 'REFUSED', code: 'WALLET_NOT_ACTIVE', reason, restsOn: [wallet.walletId] };
    }
  }
  if (sender.floor !== null && sender.balance - sender.held - amount < sender.floor) {
    const available = formatMoney(sender.balance - sender.held, currency);
    const reason = `Wallet ${sender.walletId} has ${available} ${currency} available, ${formatMoney(amount, currency)} is needed.`;
    return { type: 'REFUSED', code: 'INSUFFICIENT_FUNDS', reason, restsOn: [sender.walletId] };
  }
  // A funding wallet stands for the whole outside world: its own limit is out of reach, and no caller knows it by name.
  if (receiver.kind === 'USER' && receiver.balance + amount >= balanceLimit) {
    const reason = `The balance of wallet ${receiver.walletId} would reach the limit of 10^15 ${currency}.`;
    return { type: 'REFUSED', code: 'BALANCE_LIMIT_EXCEEDED', reason, restsOn: [receiver.walletId] };
  }
  return { type: 'PAIR_POSTED', senderWalletId: sender.walletId, receiverWalletId: receiver.walletId, amount };
}

/** May this wallet change its status? The status it already has is no change and never rejected. */
export function decideStatusChange(wallet: WalletState, status: WalletStatus): StatusChanged | Rejection {
  const { walletId } = wallet;
  if (wallet.status !== status && !mayBecome(wallet.status, status)) {
    const reason = `A wallet that is ${wallet.status} cannot become ${status}.`;
    return { type: 'REJECTED', code: 'ILLEGAL_STATUS_CHANGE', reason };
  }
  if (status === 'CLOSED' && (wallet.balance !== 0n || wallet.held !== 0n)) {
    const balance = formatMoney(wallet.balance, wallet.currency);
    const held = formatMoney(wallet.held, wallet.currency);
    const reason = `A wallet is closed only when it is empty; it has ${balance} ${wallet.currency}, ${held} of it held.`;
    return { type: 'REJECTED', code: 'WALLET_NOT_EMPTY', reason };
  }
  return { type: 'STATUS_CHANGED', walletId, status };
}
