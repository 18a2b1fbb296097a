import { v7 as uuidv7 } from 'uuid';
import { type RecordedAnswer, recordedText } from '../answers.js';
import type { RecordedTransaction } from '../contract/commands.js';
import type { Digest } from '../contract/digest.js';
import { parseDecimal } from '../contract/money.js';
import { partitionOf } from '../contract/partition.js';
import type { RefusalCode } from '../contract/rejection.js';
import type { TransactionStatus } from '../contract/transaction-status.js';
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

/** The partition's funding wallet of a currency, made when it is the first time. */
export async function ensureFundingWallet(
  database: Database,
  partition: number,
  partitionCount: number,
  currency: string,
): Promise<WalletState> {
  const [row] = await database.query<{ wallet_id: string }>('SELECT ensure_funding_wallet($1, $2, $3) AS wallet_id', [
    mintWalletIdIn(partition, partitionCount),
    currency,
    partition,
  ]);
  const [wallet] = await readWallets(database, [(row as { wallet_id: string }).wallet_id]);
  return wallet as WalletState;
}

interface RecordedRow {
  key_digest: string;
  request_hash: string;
  transaction_id: string;
  status: TransactionStatus;
  failure_code: RefusalCode | null;
  failure_reason: string | null;
  sender_wallet_id: string;
  receiver_wallet_id: string;
  partition: number;
  batch_seq: string;
  initiated_ms: string;
  processing_ms: string;
  created_ms: string;
}

/** What the ledger holds under these keys. */
export async function readAnswers(
  database: Database,
  digests: readonly Digest[],
): Promise<Map<Digest, RecordedAnswer>> {
  const rows = await database.query<RecordedRow>(
    `SELECT k.key_digest, t.request_hash, t.transaction_id, t.status, t.failure_code, t.failure_reason,
            t.sender_wallet_id, t.receiver_wallet_id, t.partition, t.batch_seq,
            (extract(epoch FROM t.initiated_at) * 1000)::int8 AS initiated_ms,
            (extract(epoch FROM t.processing_at) * 1000)::int8 AS processing_ms,
            (extract(epoch FROM t.created_at) * 1000)::int8 AS created_ms
       FROM idempotency_keys k JOIN transactions t USING (transaction_id)
      WHERE k.key_digest = ANY ($1::uuid[])`,
    [plainArray(digests)],
  );
  return new Map(rows.map((row) => [asDigest(row.key_digest), recordedAnswerOf(row)]));
}

function recordedAnswerOf(row: RecordedRow): RecordedAnswer {
  const transaction: RecordedTransaction = {
    transactionId: row.transaction_id,
    status: row.status,
    failureCode: row.failure_code,
    failureReason: row.failure_reason,
    senderWalletId: row.sender_wallet_id,
    receiverWalletId: row.receiver_wallet_id,
    partition: row.partition,
    batchSeq: Number(row.batch_seq),
    initiatedAtMs: Number(row.initiated_ms),
    processingAtMs: Number(row.processing_ms),
    createdAtMs: Number(row.created_ms),
  };
  return { requestHash: asDigest(row.request_hash), transactionText: recordedText(transaction) };
}

/** Postgres prints a digest, which it keeps as a uuid, with dashes. */
function asDigest(uuid: string): Digest {
  return uuid.replaceAll('-', '');
}

function mintWalletIdIn(partition: number, partitionCount: number): string {
  for (;;) {
    const walletId = uuidv7();
    if (partitionOf(walletId, partitionCount) === partition) return walletId;
  }
}
