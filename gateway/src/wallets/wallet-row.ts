import type { WalletStatus } from '@smart-wallet/engine/contract/wallet.js';

export const walletColumns =
  'wallet_id, user_id, kind, currency, status, scope, balance, held, version, metadata, request_hash, created_at, updated_at';

export interface WalletRow {
  wallet_id: string;
  user_id: string | null;
  kind: string;
  currency: string;
  status: WalletStatus;
  scope: string | null;
  balance: string;
  held: string;
  version: string;
  metadata: Record<string, unknown> | null;
  request_hash: string | null;
  created_at: Date;
  updated_at: Date;
}
