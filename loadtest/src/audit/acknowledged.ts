import type pg from 'pg';
import type { Findings } from './report.js';

/** An answer a caller got: what the API returns as a transaction, and the key it was asked with. */
export interface Acknowledged {
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
}

const chunkSize = 5_000;

/** Every answer must be a transaction of the ledger with the same content, and a key must have had one answer. */
export async function checkAcknowledged(
  client: pg.Client,
  answers: Iterable<Acknowledged>,
  findings: Findings,
): Promise<void> {
  const idByKey = new Map<string, string>();
  let chunk: Acknowledged[] = [];
  findings.looked('acknowledged', 0);
  for (const answer of answers) {
    if (answer.idempotencyKey !== undefined) {
      const other = idByKey.get(answer.idempotencyKey);
      if (other !== undefined && other !== answer.transactionId) {
        findings.found(
          'acknowledged',
          `key ${answer.idempotencyKey} was answered with ${other} and with ${answer.transactionId}`,
        );
      }
      idByKey.set(answer.idempotencyKey, answer.transactionId);
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
  const { rows } = await client.query(
    `SELECT transaction_id AS "transactionId", status, amount, idempotency_key AS "idempotencyKey", kind,
            sender_wallet_id AS "senderWalletId", receiver_wallet_id AS "receiverWalletId", currency,
            failure_code AS "failureCode"
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
      const same = field === 'amount' ? sameAmount(String(told), row.amount) : row[field] === told;
      if (!same)
        findings.found(
          'acknowledged',
          `${answer.transactionId}: ${field} was told as ${told}, recorded as ${row[field]}`,
        );
    }
  }
}

function sameAmount(told: string, recorded: string): boolean {
  const [whole, fraction = ''] = told.split('.');
  return `${whole}.${fraction.padEnd(4, '0')}` === recorded;
}
