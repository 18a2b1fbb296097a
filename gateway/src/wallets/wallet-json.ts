import { canonicalJson } from '@smart-wallet/engine/contract/digest.js';
import { formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { WalletStatus } from '@smart-wallet/engine/contract/wallet.js';

export const walletColumns =
  'wallet_id, user_id, kind, currency, status, balance, held, version, metadata, request_hash, created_at, updated_at';

export interface WalletRow {
  wallet_id: string;
  user_id: string | null;
  kind: string;
  currency: string;
  status: WalletStatus;
  balance: string;
  held: string;
  version: string;
  metadata: Record<string, unknown> | null;
  request_hash: string | null;
  created_at: Date;
  updated_at: Date;
}

export function walletJson(row: WalletRow): string {
  return JSON.stringify({
    walletId: row.wallet_id,
    userId: row.user_id,
    kind: row.kind,
    currency: row.currency,
    status: row.status,
    ...balances(row),
    version: Number(row.version),
    metadata: row.metadata === null ? null : JSON.parse(canonicalJson(row.metadata)),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  });
}

export interface BalanceRow {
  currency: string;
  balance: string;
  held: string;
  version: string;
  as_of: Date;
}

export function balanceJson(walletId: string, row: BalanceRow): string {
  return JSON.stringify({
    walletId,
    currency: row.currency,
    ...balances(row),
    version: Number(row.version),
    asOf: row.as_of.toISOString(),
  });
}

function balances(row: { currency: string; balance: string; held: string }) {
  const balance = parseDecimal(row.balance);
  const held = parseDecimal(row.held);
  return {
    balance: formatMoney(balance, row.currency),
    held: formatMoney(held, row.currency),
    available: formatMoney(balance - held, row.currency),
  };
}
