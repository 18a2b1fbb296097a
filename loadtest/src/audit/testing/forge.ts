import { createHash } from 'node:crypto';
import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import { copyDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import type pg from 'pg';
import { merkleRoot } from '../../ledger/merkle-texts.js';
import { readAtomicPlaces } from '../atomic-places.js';
import { type AuditReport, audit } from '../audit.js';
import { sealedTexts } from '../sealed-texts.js';

/** Checks that found something, by name. */
export function failing(report: AuditReport): string[] {
  return report.checks
    .filter((check) => check.findingCount > 0)
    .map((check) => check.name)
    .sort();
}

/** Audits a copy of the books, falsified without the constraints and triggers that would stop it and then sealed anew. */
export async function auditFalsified(
  books: ScratchDatabase,
  sql: (client: pg.Client) => Promise<string>,
  seal: (client: pg.Client) => Promise<void>,
): Promise<AuditReport> {
  const copy = await copyDatabase(books, 'audit_falsified');
  try {
    return await withClient(copy.url, async (client) => {
      await dropConstraints(client);
      await client.query(await sql(client));
      await seal(client);
      return await audit(client);
    });
  } finally {
    await copy.drop();
  }
}

async function dropConstraints(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    `SELECT conrelid::regclass AS "table", conname AS name FROM pg_constraint
      WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace AND conparentid = 0 AND conislocal AND coninhcount = 0`,
  );
  for (const row of rows) await client.query(`ALTER TABLE ${row.table} DROP CONSTRAINT ${row.name}`);
  await client.query(`
    ALTER TABLE audit_log DISABLE TRIGGER audit_log_is_kept;
    ALTER TABLE refund_totals DISABLE TRIGGER refund_totals_reversals`);
}

/** Computes digests, roots and chains over the rows as they are now. */
export async function reseal(client: pg.Client): Promise<void> {
  const batches = await client.query(
    'SELECT worker_id, batch_seq, transaction_ids, leaf_version, changes FROM ledger_batches',
  );
  for (const batch of batches.rows) {
    const { rows } = await client.query(
      `SELECT t.*, metadata::text AS metadata, (extract(epoch FROM initiated_at) * 1000)::bigint AS initiated_ms,
              (extract(epoch FROM processing_at) * 1000)::bigint AS processing_ms,
              (extract(epoch FROM effective_at) * 1000)::bigint AS effective_ms,
              (extract(epoch FROM h.expires_at) * 1000)::bigint AS expires_ms
         FROM unnest($1::uuid[]) WITH ORDINALITY AS listed (transaction_id, ix) JOIN transactions t USING (transaction_id)
         LEFT JOIN holds h ON t.kind = 'HOLD' AND h.hold_id = t.transaction_id ORDER BY ix`,
      [batch.transaction_ids],
    );
    const places = await readAtomicPlaces(client, batch.transaction_ids);
    const texts = sealedTexts(batch.leaf_version, rows, batch.changes ?? [], (id) => places.get(id));
    await client.query('UPDATE ledger_batches SET merkle_root = $3 WHERE worker_id = $1 AND batch_seq = $2', [
      batch.worker_id,
      batch.batch_seq,
      merkleRoot(texts),
    ]);
  }
  await client.query(`
    UPDATE ledger_batches b SET digest = (
      SELECT sha256(convert_to(coalesce(string_agg(concat_ws(',', t.transaction_id, t.sender_balance_after, t.sender_entry_no,
               t.receiver_balance_after, t.receiver_entry_no), ';' ORDER BY ix), '')
             || '@' || floor(extract(epoch FROM b.created_at) * 1000)::bigint
             || CASE b.leaf_version WHEN 1 THEN '' ELSE '@' || coalesce((
                  SELECT string_agg(partition || ':' || first, ',' ORDER BY place)
                    FROM unnest(b.event_partitions, b.event_first_sequences) WITH ORDINALITY AS e (partition, first, place)), '') END, 'UTF8'))
        FROM unnest(b.transaction_ids) WITH ORDINALITY AS listed (transaction_id, ix) JOIN transactions t USING (transaction_id))`);
  await rechain(client);
}

/** Computes the hash chains over roots and digests as they are now. */
export async function rechain(client: pg.Client): Promise<void> {
  const { rows } = await client.query('SELECT * FROM ledger_batches ORDER BY worker_id, batch_seq');
  const heads = new Map<string, Buffer>();
  for (const row of rows) {
    const seq = Buffer.alloc(8);
    seq.writeBigInt64BE(BigInt(row.batch_seq));
    const head = createHash('sha256')
      .update(heads.get(row.worker_id) ?? Buffer.alloc(32))
      .update(seq)
      .update(row.merkle_root)
      .update(row.digest)
      .digest();
    heads.set(row.worker_id, head);
    await client.query('UPDATE ledger_batches SET head_hash = $3 WHERE worker_id = $1 AND batch_seq = $2', [
      row.worker_id,
      row.batch_seq,
      head,
    ]);
  }
  for (const [workerId, head] of heads)
    await client.query('UPDATE engine_workers SET head_hash = $2 WHERE worker_id = $1', [workerId, head]);
}
