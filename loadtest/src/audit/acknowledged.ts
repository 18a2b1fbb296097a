import type pg from 'pg';
import { type AcknowledgedHold, checkHolds } from './acknowledged-holds.js';
import { type AcknowledgedLimits, checkLimits } from './acknowledged-limits.js';
import { sameAmount } from './canonical.js';
import type { Findings } from './report.js';

/** An answer a caller got: a transaction, a hold, or that limits were changed or not. */
export type Acknowledged = AcknowledgedTransaction | AcknowledgedHold | AcknowledgedLimits;

/** What the API returns as a transaction, and the key it was asked with. */
export interface AcknowledgedTransaction {
  transactionId: string;
  status: string;
  /** Decimal string. */
  amount: string;
  idempotencyKey?: string;
  kind?: string;
  senderWalletId?: string;
  receiverWalletId?: string;
  currency?: string;
  failureCode?: string | null;
  parentTransactionId?: string | null;
  /** Decimal string. */
  released?: string | null;
  effectiveAt?: string | null;
}

const chunkSize = 5_000;

/** Every answer must be in the ledger with the same content, and a key must have had one answer. */
export async function checkAcknowledged(
  client: pg.Client,
  answers: Iterable<Acknowledged>,
  findings: Findings,
): Promise<void> {
  const idByKey = new Map<string, string>();
  let chunk: Acknowledged[] = [];
  findings.looked('acknowledged', 0);
  for (const answer of answers) {
    const id = 'holdId' in answer ? answer.holdId : 'transactionId' in answer ? answer.transactionId : undefined;
    if (answer.idempotencyKey !== undefined && id !== undefined) {
      const other = idByKey.get(answer.idempotencyKey);
      if (other !== undefined && other !== id) {
        findings.found('acknowledged', `key ${answer.idempotencyKey} was answered with ${other} and with ${id}`);
      }
      idByKey.set(answer.idempotencyKey, id);
    }
    chunk.push(answer);
    if (chunk.length === chunkSize) {
      await checkChunk(client, chunk, findings);
      chunk = [];
    }
  }
  await checkChunk(client, chunk, findings);
}

async function checkChunk(client: pg.Client, answers: Acknowledged[], findings: Findings): Promise<void> {
  findings.looked('acknowledged', answers.length);
  const holds: AcknowledgedHold[] = [];
  const limits: AcknowledgedLimits[] = [];
  const transactions: AcknowledgedTransaction[] = [];
  for (const answer of answers) {
    if ('holdId' in answer) holds.push(answer);
    else if ('limits' in answer) limits.push(answer);
    else transactions.push(answer);
  }
  if (holds.length > 0) await checkHolds(client, holds, findings);
  if (limits.length > 0) await checkLimits(client, limits, findings);
  if (transactions.length > 0) await checkTransactions(client, transactions, findings);
}

async function checkTransactions(
  client: pg.Client,
  answers: AcknowledgedTransaction[],
  findings: Findings,
): Promise<void> {
  const { rows } = await client.query(
    `SELECT transaction_id AS "transactionId", status, amount, idempotency_key AS "idempotencyKey", kind,
            sender_wallet_id AS "senderWalletId", receiver_wallet_id AS "receiverWalletId", currency,
            failure_code AS "failureCode", parent_transaction_id AS "parentTransactionId", released,
            to_char(effective_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "effectiveAt"
       FROM transactions WHERE transaction_id = ANY ($1::uuid[])`,
    [answers.map((answer) => answer.transactionId)],
  );
  const recorded = new Map(rows.map((row) => [row.transactionId, row]));
  for (const answer of answers) {
    const row = recorded.get(answer.transactionId);
    if (!row) {
      findings.found('acknowledged', `${answer.transactionId} is not in the ledger`);
      continue;
    }
    for (const [field, told] of Object.entries(answer)) {
      if (!(field in row) || told === undefined) continue;
      const isMoney = field === 'amount' || (field === 'released' && told !== null && row.released !== null);
      const same = isMoney ? sameAmount(String(told), row[field]) : row[field] === told;
      if (!same)
        findings.found(
          'acknowledged',
          `${answer.transactionId}: ${field} was told as ${told}, recorded as ${row[field]}`,
        );
    }
  }
}
