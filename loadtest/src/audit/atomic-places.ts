import type pg from 'pg';

interface AtomicBatch {
  idempotency_key: string;
  transaction_ids: string[];
}

/** Where a payment stands in its atomic batch, from 0. */
export interface AtomicPlace {
  batch: AtomicBatch;
  place: number;
}

/** The places of those of the transactions that belong to atomic batches. A batch has the id of its first payment. */
export async function readAtomicPlaces(client: pg.Client, transactionIds: string[]): Promise<Map<string, AtomicPlace>> {
  const { rows } = await client.query<AtomicBatch>({
    name: 'audit-atomic-batches',
    text: 'SELECT idempotency_key, transaction_ids FROM atomic_batches WHERE atomic_batch_id = ANY ($1::uuid[])',
    values: [`{${transactionIds.join(',')}}`],
  });
  return new Map(
    rows.flatMap((batch) => batch.transaction_ids.map((id, place): [string, AtomicPlace] => [id, { batch, place }])),
  );
}
