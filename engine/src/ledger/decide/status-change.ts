import { formatMoney } from '../../contract/money.js';
import type { WalletStatus } from '../../contract/wallet.js';
import type { StatusChanged } from '../events.js';
import { mayBecome, type WalletState } from '../wallet-state.js';
import type { Rejection } from './refusal.js';

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
    const reason = `A wallet is closed only when it is empty; its balance is ${balance} ${wallet.currency}, and it holds ${held}.`;
    return { type: 'REJECTED', code: 'WALLET_NOT_EMPTY', reason };
  }
  return { type: 'STATUS_CHANGED', walletId, status };
}
