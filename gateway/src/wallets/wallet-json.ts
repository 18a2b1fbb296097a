import { canonicalJson } from '@smart-wallet/engine/contract/digest.js';
import { formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { BalanceRow } from './find-balance.js';
import type { PastBalance } from './past-balance.js';
import type { WalletRow } from './wallet-row.js';

export function walletJson(row: WalletRow): string {
  return JSON.stringify({
    walletId: row.wallet_id,
    userId: row.user_id,
    kind: row.kind,
    currency: row.currency,
    status: row.status,
    scope: row.scope,
    ...balances(row),
    version: Number(row.version),
    metadata: row.metadata === null ? null : JSON.parse(canonicalJson(row.metadata)),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  });
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

/** The balance after the last entry up to an instant. */
export function pastBalanceJson(walletId: string, { currency, balance, asOf }: PastBalance): string {
  const past = { walletId, currency, balance: formatMoney(balance, currency), held: null, available: null };
  return JSON.stringify({ ...past, version: null, asOf });
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
