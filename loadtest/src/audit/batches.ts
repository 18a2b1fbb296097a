import { hash } from 'node:crypto';
import { movesMoney, type TransactionKind } from '@smart-wallet/engine/contract/transaction-kind.js';
import type pg from 'pg';
import { type AtomicPlace, readAtomicPlaces } from './atomic-places.js';
import { canonicalJson, tenThousandths } from './canonical.js';
import type { Findings } from './report.js';
import { checkRequestHashes, type RequestedTransaction } from './request-hashes.js';
import { type SealedChange, sealedTexts } from './sealed-texts.js';

const chunkTransactionsMax = 20_000;
const progressEveryMs = 2_000;

interface Batch {
  worker_id: string;
  batch_seq: string;
  transaction_ids: string[];
  figures: Record<string, unknown>;
  latency: number[];
  merkle_root: Buffer;
  digest: Buffer;
  head_hash: Buffer;
  created_ms: string;
  leaf_version: number;
  event_partitions: number[] | null;
  event_first_sequences: string[] | null;
  changes: SealedChange[] | null;
}

interface Transaction extends RequestedTransaction {
  sender_balance_after: string | null;
  sender_entry_no: string | null;
  receiver_balance_after: string | null;
  receiver_entry_no: string | null;
  worker_id: string;
  batch_seq: string;
  created_ms: string;
}

/**
 * Walks every engine's batches in order with their transactions in leaf order, and computes again what the batch row
 * says of them. Returns the number of transactions in the ledger.
 */
export async function checkBatches(
  client: pg.Client,
  findings: Findings,
  progress: (message: string) => void,
): Promise<number> {
  const total = Number((await client.query('SELECT count(*) FROM transactions')).rows[0].count);
  const engines = (await client.query('SELECT worker_id, batch_seq, head_hash FROM engine_workers ORDER BY worker_id'))
    .rows;
  const chains = new Map<string, Chain>(
    engines.map((engine) => [engine.worker_id, { seq: 0n, head: Buffer.alloc(32), engine }]),
  );
  for (const check of [
    'batch-rows',
    'batch-figures',
    'batch-digests',
    'merkle-roots',
    'hash-chain',
    'request-hashes',
  ] as const) {
    findings.looked(check, 0);
  }

  let walked = 0;
  let saidAt = Date.now();
  for await (const batches of batchChunks(client)) {
    const byId = await readTransactions(client, batches);
    const places = await readAtomicPlaces(client, [...byId.keys()]);
    for (const batch of batches) {
      walked += checkBatch(batch, byId, places, findings);
      const chain = chains.get(batch.worker_id);
      if (chain) extendChain(chain, batch, findings);
      else findings.found('batch-rows', `${nameOf(batch)} is of an unknown engine`);
    }
    if (Date.now() - saidAt > progressEveryMs) {
      saidAt = Date.now();
      progress(`batches: ${walked} of ${total} transactions`);
    }
  }
  for (const chain of chains.values()) closeChain(chain, findings);
  if (walked !== total) await findUnbatched(client, findings);
  findings.looked('request-hashes', walked);
  return total;
}

async function* batchChunks(client: pg.Client): AsyncGenerator<Batch[]> {
  await client.query(`
    DECLARE audit_batches NO SCROLL CURSOR FOR
    SELECT worker_id, batch_seq, transaction_ids, figures, latency, merkle_root, digest, head_hash,
           (extract(epoch FROM created_at) * 1000)::bigint AS created_ms, leaf_version, event_partitions,
           event_first_sequences, changes
      FROM ledger_batches ORDER BY worker_id, batch_seq`);
  let fetch = 100;
  for (;;) {
    const { rows } = await client.query<Batch>(`FETCH ${fetch} FROM audit_batches`);
    if (rows.length === 0) break;
    yield rows;
    const average = rows.reduce((sum, batch) => sum + batch.transaction_ids.length, 0) / rows.length;
    fetch = Math.max(1, Math.min(2_000, Math.floor(chunkTransactionsMax / Math.max(average, 1))));
  }
  await client.query('CLOSE audit_batches');
}

async function readTransactions(client: pg.Client, batches: Batch[]): Promise<Map<string, Transaction>> {
  const { rows } = await client.query<Transaction>({
    name: 'audit-transactions',
    text: `
      SELECT t.transaction_id, t.kind, t.status, t.caller, t.idempotency_key, t.request_hash, t.sender_wallet_id, t.receiver_wallet_id,
             t.amount, t.currency, t.sender_balance_after, t.sender_entry_no, t.receiver_balance_after, t.receiver_entry_no,
             t.failure_code, t.failure_reason, t.parent_transaction_id, t.partition, t.reference, t.description,
             t.metadata::text AS metadata, t.worker_id, t.batch_seq, t.released,
             (extract(epoch FROM t.initiated_at) * 1000)::bigint AS initiated_ms,
             (extract(epoch FROM t.processing_at) * 1000)::bigint AS processing_ms,
             (extract(epoch FROM t.effective_at) * 1000)::bigint AS effective_ms,
             (extract(epoch FROM h.expires_at) * 1000)::bigint AS expires_ms,
             (extract(epoch FROM t.created_at) * 1000)::bigint AS created_ms
        FROM transactions t LEFT JOIN holds h ON t.kind = 'HOLD' AND h.hold_id = t.transaction_id
       WHERE t.transaction_id = ANY ($1::uuid[])`,
    values: [`{${batches.flatMap((batch) => batch.transaction_ids).join(',')}}`],
  });
  return new Map(rows.map((row) => [row.transaction_id, row]));
}

/** Everything that one batch row says of its own transactions. Returns how many of them are rightly listed. */
function checkBatch(
  batch: Batch,
  byId: Map<string, Transaction>,
  places: Map<string, AtomicPlace>,
  findings: Findings,
): number {
  for (const check of ['batch-rows', 'batch-figures', 'batch-digests', 'merkle-roots'] as const)
    findings.looked(check, 1);
  const listed = new Set<string>();
  const transactions: Transaction[] = [];
  for (const id of batch.transaction_ids) {
    const transaction = byId.get(id);
    if (!transaction) findings.found('batch-rows', `${nameOf(batch)} lists ${id}, which is not in the ledger`);
    else if (listed.has(id)) findings.found('batch-rows', `${nameOf(batch)} lists ${id} twice`);
    else if (transaction.worker_id !== batch.worker_id || transaction.batch_seq !== batch.batch_seq) {
      findings.found(
        'batch-rows',
        `${nameOf(batch)} lists ${id}, which says it is of batch ${transaction.batch_seq} of engine ${transaction.worker_id}`,
      );
    } else if (transaction.created_ms !== batch.created_ms) {
      findings.found('batch-rows', `${nameOf(batch)} has another time than its transaction ${id}`);
    }
    listed.add(id);
    if (transaction) transactions.push(transaction);
  }
  const rightly = [...listed].filter((id) => {
    const transaction = byId.get(id);
    return transaction?.worker_id === batch.worker_id && transaction.batch_seq === batch.batch_seq;
  }).length;
  // Of a batch with missing or repeated transactions nothing more can be said: that is one finding, not five.
  if (transactions.length !== batch.transaction_ids.length || listed.size !== batch.transaction_ids.length)
    return rightly;

  const figures = figuresOf(transactions);
  // Whose request a reversal was is told to the audit log (reversal-findings.ts).
  const { reversals: _, ...saidFigures } = batch.figures;
  const said = canonicalJson(saidFigures);
  const { countByCurrency, ...figuresBefore } = figures;
  // Older batches do not count by currency.
  const found = canonicalJson('countByCurrency' in batch.figures ? figures : figuresBefore);
  if (said !== found) {
    findings.found('batch-figures', `${nameOf(batch)} says ${said}, its transactions say ${found}`);
  }
  const histogramTotal = batch.latency.reduce((sum, count) => sum + count, 0);
  // Nobody waits for an expiry.
  const waitedFor = transactions.filter(({ kind }) => kind !== 'EXPIRY').length;
  if (histogramTotal !== waitedFor || batch.latency.some((count) => count < 0)) {
    findings.found(
      'batch-figures',
      `${nameOf(batch)}: the histogram holds ${histogramTotal} of ${waitedFor} transactions that somebody waited for`,
    );
  }
  if (!databaseDigest(batch, transactions).equals(batch.digest)) {
    findings.found(
      'batch-digests',
      `${nameOf(batch)}: entry numbers, balances or time are not those it was sealed with`,
    );
  }
  const texts = sealedTexts(batch.leaf_version, transactions, batch.changes ?? [], (id) => places.get(id));
  if (!merkleRoot(texts).equals(batch.merkle_root)) {
    findings.found('merkle-roots', `${nameOf(batch)}: transactions or changes are not those it was sealed with`);
  }
  checkRequestHashes(nameOf(batch), transactions, places, findings);
  return rightly;
}

/** SUCCESS and FAILED counted; kinds and sums in ten-thousandths of SUCCESS that moves money only. */
function figuresOf(transactions: Transaction[]) {
  let succeeded = 0;
  const failuresByCode: Record<string, number> = {};
  const countByKind: Record<string, number> = {};
  const countByCurrency: Record<string, number> = {};
  const sums: Record<string, bigint> = {};
  for (const t of transactions) {
    if (t.status === 'SUCCESS') {
      succeeded += 1;
      // An unknown kind is a finding of its own; it counts for nothing.
      if (movesMoney[t.kind as TransactionKind] !== true) continue;
      countByKind[t.kind] = (countByKind[t.kind] ?? 0) + 1;
      countByCurrency[t.currency] = (countByCurrency[t.currency] ?? 0) + 1;
      sums[t.currency] = (sums[t.currency] ?? 0n) + BigInt(tenThousandths(t.amount));
    } else {
      const code = t.failure_code ?? '';
      failuresByCode[code] = (failuresByCode[code] ?? 0) + 1;
    }
  }
  const sumByCurrency = Object.fromEntries(Object.entries(sums).map(([currency, sum]) => [currency, sum.toString()]));
  const failed = transactions.length - succeeded;
  return { succeeded, failed, failuresByCode, countByKind, sumByCurrency, countByCurrency };
}

/**
 * `id,balance,entry,balance,entry` of each transaction (what is null is left out), joined by `;`, then `@` and the time; from
 * version 2 on then `@` and each partition's first event, `partition:number` joined by `,`.
 */
function databaseDigest(batch: Batch, transactions: Transaction[]): Buffer {
  const decided = transactions.map((t) =>
    [t.transaction_id, t.sender_balance_after, t.sender_entry_no, t.receiver_balance_after, t.receiver_entry_no]
      .filter((field) => field !== null)
      .join(','),
  );
  const text = `${decided.join(';')}@${batch.created_ms}`;
  if (batch.leaf_version === 1) return sha256(text);
  const firsts = batch.event_first_sequences ?? [];
  return sha256(
    `${text}@${(batch.event_partitions ?? []).map((partition, i) => `${partition}:${firsts[i]}`).join(',')}`,
  );
}

/** Leaves and nodes are told apart by their first byte (0, 1); an odd last node moves up unchanged. */
function merkleRoot(texts: string[]): Buffer {
  if (texts.length === 0) return sha256('');
  let nodes = texts.map((text) => sha256(`\0${text}`));
  const joined = Buffer.alloc(65);
  joined[0] = 1;
  while (nodes.length > 1) {
    const above: Buffer[] = [];
    for (let i = 0; i + 1 < nodes.length; i += 2) {
      (nodes[i] as Buffer).copy(joined, 1);
      (nodes[i + 1] as Buffer).copy(joined, 33);
      above.push(sha256(joined));
    }
    if (nodes.length % 2 === 1) above.push(nodes.at(-1) as Buffer);
    nodes = above;
  }
  return nodes[0] as Buffer;
}

interface Chain {
  seq: bigint;
  head: Buffer;
  engine: { worker_id: string; batch_seq: string; head_hash: Buffer };
}

function extendChain(chain: Chain, batch: Batch, findings: Findings): void {
  findings.looked('hash-chain', 1);
  const seq = BigInt(batch.batch_seq);
  if (seq !== chain.seq + 1n) findings.found('batch-rows', `${nameOf(batch)} follows batch ${chain.seq}`);
  const seqBytes = Buffer.alloc(8);
  seqBytes.writeBigInt64BE(seq);
  const head = sha256(Buffer.concat([chain.head, seqBytes, batch.merkle_root, batch.digest]));
  if (!head.equals(batch.head_hash)) findings.found('hash-chain', `${nameOf(batch)} does not continue the chain`);
  chain.seq = seq;
  chain.head = batch.head_hash;
}

function closeChain(chain: Chain, findings: Findings): void {
  const { engine } = chain;
  findings.looked('batch-rows', 1);
  if (chain.seq !== BigInt(engine.batch_seq)) {
    findings.found(
      'batch-rows',
      `engine ${engine.worker_id} is at batch ${engine.batch_seq}, its last one is ${chain.seq}`,
    );
  }
  if (!chain.head.equals(engine.head_hash)) {
    findings.found('hash-chain', `the head of engine ${engine.worker_id} is not that of its last batch`);
  }
}

async function findUnbatched(client: pg.Client, findings: Findings): Promise<void> {
  const { rows } = await client.query(`
    SELECT t.transaction_id, t.worker_id, t.batch_seq FROM transactions t
     WHERE NOT EXISTS (SELECT FROM ledger_batches b
                        WHERE b.worker_id = t.worker_id AND b.batch_seq = t.batch_seq
                          AND t.transaction_id = ANY (b.transaction_ids))
     LIMIT 100`);
  for (const row of rows) {
    findings.found(
      'batch-rows',
      `transaction ${row.transaction_id} is not in batch ${row.batch_seq} of engine ${row.worker_id}`,
    );
  }
}

function nameOf(batch: Batch): string {
  return `batch ${batch.batch_seq} of engine ${batch.worker_id}`;
}

function sha256(data: string | Buffer): Buffer {
  return hash('sha256', data, 'buffer');
}
