import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';

/** An engine as the ledger knows it. */
export interface WrittenEngine {
  readonly engineId: string;
  batchSeq: number;
}

/** Writes batches as engines leave them behind, without an engine: as many as wanted, and wrong ones too. Needs the tables' owner. */
export class WrittenLedger {
  /** The last event of each partition. */
  readonly lasts = new Map<number, number>();

  constructor(private readonly admin: pg.Pool) {}

  async engine(...partitions: number[]): Promise<WrittenEngine> {
    const engineId = uuidv7();
    await this.admin.query(`SELECT register_worker_v5($1, 'written')`, [engineId]);
    await this.take({ engineId, batchSeq: 0 }, ...partitions);
    return { engineId, batchSeq: 0 };
  }

  async take({ engineId }: WrittenEngine, ...partitions: number[]): Promise<void> {
    await this.admin.query('SELECT take_over($1, $2)', [engineId, partitions]);
  }

  /** Commits one transaction of each of the partitions, and changes of a wallet's status at their places. */
  async commit(
    engine: WrittenEngine,
    partitions: readonly number[],
    { changes = [], jump = 0 }: { changes?: { partition: number; place: number }[]; jump?: number } = {},
  ): Promise<string[]> {
    const ids = partitions.map(() => uuidv7());
    const counts = new Map<number, number>();
    for (const partition of [...partitions, ...changes.map((change) => change.partition)]) {
      counts.set(partition, (counts.get(partition) ?? 0) + 1);
    }
    const firsts = [...counts].map(([partition, count]) => {
      const first = (this.lasts.get(partition) ?? 0) + 1 + jump;
      this.lasts.set(partition, first + count - 1);
      return first;
    });
    engine.batchSeq += 1;
    const written = changes.map(({ partition, place }) => ({
      ...{ changeId: uuidv7(), partition, place, walletId: uuidv7(), reason: 'tried', caller: 'test' },
      ...{ from: 'ACTIVE', to: 'SUSPENDED' },
    }));
    const client = await this.admin.connect();
    try {
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO transactions (transaction_id, kind, status, caller, idempotency_key, request_hash, sender_wallet_id, receiver_wallet_id,
           amount, currency, sender_balance_after, sender_entry_no, receiver_balance_after, receiver_entry_no, partition, worker_id, batch_seq,
           initiated_at, processing_at, created_at)
         SELECT id, 'PAYMENT', 'SUCCESS', 'test', id::text, id, gen_random_uuid(), gen_random_uuid(), 12.5, 'EUR', 1, 1, 2, 1, partition, $3, $4,
                now(), now(), now() FROM unnest($1::uuid[], $2::smallint[]) AS t (id, partition)`,
        [ids, partitions, engine.engineId, engine.batchSeq],
      );
      await client.query(
        `INSERT INTO ledger_batches (worker_id, batch_seq, transaction_ids, figures, latency, merkle_root, digest, head_hash, created_at,
           leaf_version, event_partitions, event_first_sequences, changes)
         VALUES ($1, $2, $3, '{}', '{}', '', '', '', now(), 3, $4, $5, $6)`,
        [
          engine.engineId,
          engine.batchSeq,
          ids,
          [...counts.keys()],
          firsts,
          written.length ? JSON.stringify(written) : null,
        ],
      );
      await client.query('UPDATE engine_workers SET batch_seq = $2 WHERE worker_id = $1', [
        engine.engineId,
        engine.batchSeq,
      ]);
      for (const partition of counts.keys()) {
        const last = [engine.engineId, partition + 1, this.lasts.get(partition)];
        await client.query('UPDATE engine_workers SET event_sequences[$2] = $3 WHERE worker_id = $1', last);
      }
      await client.query('COMMIT');
    } finally {
      client.release();
    }
    return ids;
  }
}
