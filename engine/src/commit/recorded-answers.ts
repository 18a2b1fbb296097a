import type { LimitsOutcome, RecordedAnswer } from '../answers.js';
import type { OutcomeKind } from '../contract/cached-answer.js';
import type { Command, RecordedTransaction } from '../contract/commands.js';
import { asDigest, canonicalJson, type Digest } from '../contract/digest.js';
import { parseDecimal } from '../contract/money.js';
import type { RefusalCode } from '../contract/rejection.js';
import type { TransactionKind } from '../contract/transaction-kind.js';
import type { TransactionStatus } from '../contract/transaction-status.js';
import type { Database } from '../database.js';
import { plainArray } from './array-literal.js';
import { saysMore } from './committed-batch.js';
import { isRefusedStatement } from './outcome.js';

interface KeyRow {
  key_digest: string;
  /** null: of a transaction recorded by 0.1.0, which has it itself. */
  request_hash: string | null;
  outcome_kind: OutcomeKind;
  outcome_id: string;
  /** Of an atomic batch. */
  transaction_ids: string[] | null;
  /** Of a change: its line in the audit log. */
  action: string | null;
  refused: LimitsOutcome['refused'];
}

interface TransactionRow {
  transaction_id: string;
  request_hash: string;
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
  kind: TransactionKind;
  amount: string;
  currency: string;
  reference: string | null;
  description: string | null;
  metadata: Record<string, unknown> | null;
  parent_transaction_id: string | null;
  released: string | null;
  expires_ms: string | null;
}

interface FoundTransaction {
  readonly transaction: RecordedTransaction;
  readonly requestHash: Digest;
}

export interface AnswersRead {
  readonly found: Map<Digest, RecordedAnswer>;
  /** Keys whose row, or whose outcome's, cannot be read: a broken page. */
  readonly unreadable: Set<Digest>;
}

/** What the ledger holds under the commands' keys. Throws when the database cannot be asked. */
export async function readAnswers(database: Database, commands: readonly Command[]): Promise<AnswersRead> {
  try {
    return { found: await readTogether(database, commands), unreadable: new Set() };
  } catch (error) {
    if (!isRefusedStatement(error)) throw error;
    if (commands.length === 1) {
      return { found: new Map(), unreadable: new Set(commands.map(({ keyDigest }) => keyDigest)) };
    }
  }
  const all: AnswersRead = { found: new Map(), unreadable: new Set() };
  for (const command of commands) {
    const { found, unreadable } = await readAnswers(database, [command]);
    for (const [keyDigest, answer] of found) all.found.set(keyDigest, answer);
    for (const keyDigest of unreadable) all.unreadable.add(keyDigest);
  }
  return all;
}

async function readTogether(database: Database, commands: readonly Command[]): Promise<Map<Digest, RecordedAnswer>> {
  const asked = new Map(commands.map((command) => [command.keyDigest, command.requestHash]));
  const keys = await database.query<KeyRow>(
    `SELECT k.key_digest, k.request_hash, k.outcome_kind, k.outcome_id, b.transaction_ids, a.action, a.detail->'refused' AS refused
       FROM idempotency_keys k
       LEFT JOIN atomic_batches b ON k.outcome_kind = 'ATOMIC_BATCH' AND b.atomic_batch_id = k.outcome_id
       LEFT JOIN audit_log a ON k.outcome_kind = 'CHANGE' AND a.change_id = k.outcome_id
      WHERE k.key_digest = ANY ($1::uuid[])`,
    [plainArray(asked.keys())],
  );
  // Of what another request made only that is told: its transactions, maybe a thousand, are not read.
  const wanted = keys.flatMap((key) => (asksFor(asked, key) ? transactionIdsOf(key) : []));
  const transactions = await readTransactions(database, wanted);
  return new Map(keys.map((key) => [asDigest(key.key_digest), answerUnder(key, transactions, asksFor(asked, key))]));
}

function asksFor(asked: ReadonlyMap<Digest, Digest>, { key_digest, request_hash }: KeyRow): boolean {
  return request_hash === null || asked.get(asDigest(key_digest)) === asDigest(request_hash);
}

function transactionIdsOf({ outcome_kind, outcome_id, transaction_ids }: KeyRow): string[] {
  if (outcome_kind === 'TRANSACTION') return [outcome_id];
  return outcome_kind === 'ATOMIC_BATCH' ? (transaction_ids ?? []) : [];
}

function answerUnder(
  key: KeyRow,
  transactions: ReadonlyMap<string, FoundTransaction>,
  wanted: boolean,
): RecordedAnswer {
  const { outcome_kind: kind, outcome_id: outcomeId } = key;
  if (kind === 'WALLET' || kind === 'APPROVAL') return { kind: 'OTHER' };
  const hash = key.request_hash === null ? null : asDigest(key.request_hash);
  const found = wanted ? transactionIdsOf(key).map((id) => transactions.get(id)) : [];
  if (kind !== 'CHANGE' && wanted && (found.length === 0 || found.includes(undefined))) {
    return { kind: 'ARCHIVED', requestHash: hash };
  }
  const requestHash = hash ?? (found[0]?.requestHash as Digest);
  const recorded = found.map((each) => (each as FoundTransaction).transaction);
  const limits = key.action?.startsWith('LIMITS_') ? { refused: key.refused } : undefined;
  return { kind, outcomeId, requestHash, transactions: recorded, limits };
}

async function readTransactions(database: Database, ids: readonly string[]) {
  if (ids.length === 0) return new Map<string, FoundTransaction>();
  const rows = await database.query<TransactionRow>(
    `SELECT transaction_id, request_hash, t.status, failure_code, failure_reason, sender_wallet_id, t.receiver_wallet_id,
            t.partition, batch_seq,
            (extract(epoch FROM initiated_at) * 1000)::int8 AS initiated_ms,
            (extract(epoch FROM processing_at) * 1000)::int8 AS processing_ms,
            (extract(epoch FROM t.created_at) * 1000)::int8 AS created_ms,
            kind, t.amount, t.currency, reference, description, metadata, parent_transaction_id, released,
            (extract(epoch FROM h.expires_at) * 1000)::int8 AS expires_ms
       FROM transactions t LEFT JOIN holds h ON t.kind = 'HOLD' AND h.hold_id = t.transaction_id
      WHERE transaction_id = ANY ($1::uuid[])`,
    [plainArray(ids)],
  );
  return new Map(
    rows.map((row) => [row.transaction_id, { transaction: recordedOf(row), requestHash: asDigest(row.request_hash) }]),
  );
}

function recordedOf(row: TransactionRow): RecordedTransaction {
  const recorded: RecordedTransaction = {
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
  if (!saysMore[row.kind]) return recorded;
  if (row.kind === 'HOLD') {
    if (row.expires_ms !== null) recorded.expiresAtMs = Number(row.expires_ms);
    return recorded;
  }
  recorded.terms = {
    ...{ kind: row.kind, senderWalletId: row.sender_wallet_id, receiverWalletId: row.receiver_wallet_id },
    ...{ amount: parseDecimal(row.amount).toString(), currency: row.currency, reference: row.reference },
    description: row.description,
    metadata: row.metadata === null ? null : canonicalJson(row.metadata),
    ...(row.parent_transaction_id === null ? {} : { parentTransactionId: row.parent_transaction_id }),
  };
  if (row.released !== null) recorded.released = parseDecimal(row.released).toString();
  return recorded;
}
