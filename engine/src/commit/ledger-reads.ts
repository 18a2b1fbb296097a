import { v7 as uuidv7 } from 'uuid';
import { parseDecimal } from '../contract/money.js';
import { partitionOf } from '../contract/partition.js';
import type { WalletKind, WalletStatus } from '../contract/wallet.js';
import type { Database } from '../database.js';
import type { WalletState } from '../ledger/wallet-state.js';
import { plainArray } from './array-literal.js';

interface WalletRow {
  wallet_id: string;
  kind: WalletKind;
  currency: string;
  status: WalletStatus;
  balance: string;
  held: string;
  floor: string | null;
}

/** Wallets as they are committed now. Ids without a wallet are left out. */
export async function readWallets(database: Database, walletIds: readonly string[]): Promise<WalletState[]> {
  const rows = await database.query<WalletRow>(
    `SELECT wallet_id, kind, currency, status, balance, held, floor FROM wallets WHERE wallet_id = ANY ($1::uuid[])`,
    [plainArray(walletIds)],
  );
  return rows.map((row) => ({
    walletId: row.wallet_id,
    kind: row.kind,
    currency: row.currency,
    status: row.status,
    balance: parseDecimal(row.balance),
    held: parseDecimal(row.held),
    floor: row.floor === null ? null : parseDecimal(row.floor),
  }));
}

export interface FundingName {
  readonly partition: number;
  readonly currency: string;
}

/** The partition's funding wallet of a currency, made when it is the first time; no time above `createdMaxMs` is written. */
export async function ensureFundingWallet(
  database: Database,
  { partition, currency }: FundingName,
  partitionCount: number,
  createdMaxMs: number,
): Promise<WalletState> {
  const [row] = await database.query<{ wallet_id: string }>(
    'SELECT ensure_funding_wallet_v2($1, $2, $3, $4) AS wallet_id',
    [mintWalletIdIn(partition, partitionCount), currency, partition, createdMaxMs],
  );
  const [wallet] = await readWallets(database, [(row as { wallet_id: string }).wallet_id]);
  return wallet as WalletState;
}

function mintWalletIdIn(partition: number, partitionCount: number): string {
  for (;;) {
    const walletId = uuidv7();
    if (partitionOf(walletId, partitionCount) === partition) return walletId;
  }
}

/** Those of the wallets that somebody else holds locked right now. */
export async function readLockedWallets(database: Database, walletIds: Iterable<string>): Promise<string[]> {
  const [row] = await database.query<{ locked: string[] }>('SELECT locked_wallets($1) AS locked', [
    plainArray(walletIds),
  ]);
  return (row as { locked: string[] }).locked;
}
