import type { RecordedTransaction } from '@smart-wallet/engine/contract/commands.js';
import type { Pool, QueryResultRow } from 'pg';

/**
 * A transaction's answer, with the key that it was made under. Only what the request does not say itself: replays come by
 * the thousand, and dates and JSON are what costs in reading a row.
 */
export interface KeyedTransactionRow extends QueryResultRow {
  transaction_id: string;
  caller: string;
  idempotency_key: string;
  request_hash: string;
  status: string;
  sender_wallet_id: string;
  receiver_wallet_id: string;
  /** Of the wallet whose owner decided it. */
  scope: string | null;
  failure_code: string | null;
  failure_reason: string | null;
  partition: number;
  batch_seq: string;
  /** Epoch milliseconds, as all times here. */
  initiated_ms: string;
  processing_ms: string;
  created_ms: string;
}

const millisecondsOf = (column: string) => `(extract(epoch FROM ${column}) * 1000)::bigint`;
const columns = `(SELECT scope FROM wallets WHERE wallet_id = CASE kind WHEN 'DEPOSIT' THEN receiver_wallet_id ELSE sender_wallet_id END) AS scope,
  transaction_id, caller, idempotency_key, request_hash, status, sender_wallet_id, receiver_wallet_id,
  failure_code, failure_reason, partition, batch_seq, ${millisecondsOf('initiated_at')} AS initiated_ms,
  ${millisecondsOf('processing_at')} AS processing_ms, ${millisecondsOf('created_at')} AS created_ms`;

/** A read that takes longer counts as none: the engine finds the key in the ledger. */
export const rowTimeoutMs = 1_000;

type Found = (row: KeyedTransactionRow | null) => void;

/** Transactions by id, those of one tick in one query. */
export class KeyedTransactions {
  readonly #database: Pick<Pool, 'query'>;
  #waiting = new Map<string, Found[]>();

  constructor(database: Pick<Pool, 'query'>) {
    this.#database = database;
  }

  /** null: it is not there, or cannot be read in time. */
  start(transactionId: string, found: Found): void {
    if (this.#waiting.size === 0) setImmediate(this.#flush);
    const others = this.#waiting.get(transactionId);
    if (others) others.push(found);
    else this.#waiting.set(transactionId, [found]);
  }

  readonly #flush = (): void => {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    let answered = false;
    const answer = (rows: readonly KeyedTransactionRow[]): void => {
      if (answered) return;
      answered = true;
      clearTimeout(timer);
      const byId = new Map(rows.map((row) => [row.transaction_id, row]));
      for (const [id, found] of waiting) for (const each of found) each(byId.get(id) ?? null);
    };
    const timer = setTimeout(answer, rowTimeoutMs, []);
    readKeyedTransactions(this.#database, [...waiting.keys()]).then(answer, () => answer([]));
  };
}

async function readKeyedTransactions(database: Pick<Pool, 'query'>, ids: string[]): Promise<KeyedTransactionRow[]> {
  ids.sort();
  // The lowest and the highest keep it to the months that they are of, whatever plan is used.
  const { rows } = await database.query<KeyedTransactionRow>({
    name: 'keyed-transactions',
    text: `SELECT ${columns} FROM transactions
            WHERE transaction_id = ANY ($1::uuid[]) AND transaction_id BETWEEN $2 AND $3`,
    values: [ids, ids[0], ids.at(-1)],
  });
  return rows;
}

export function recordedOfKeyed(row: KeyedTransactionRow): RecordedTransaction {
  return {
    transactionId: row.transaction_id,
    status: row.status as RecordedTransaction['status'],
    failureCode: row.failure_code as RecordedTransaction['failureCode'],
    failureReason: row.failure_reason,
    senderWalletId: row.sender_wallet_id,
    receiverWalletId: row.receiver_wallet_id,
    partition: row.partition,
    batchSeq: Number(row.batch_seq),
    initiatedAtMs: Number(row.initiated_ms),
    processingAtMs: Number(row.processing_ms),
    createdAtMs: Number(row.created_ms),
  };
}
