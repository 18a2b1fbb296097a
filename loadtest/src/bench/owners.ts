import { commandSubject } from '@smart-wallet/engine/contract/subjects.js';
import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';

/** Where a partition's commands go. */
export interface Owner {
  subject: string;
  epoch: number;
}

/** By partition. */
export async function readOwners(databaseUrl: string, namespace: string): Promise<Owner[]> {
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query('SELECT worker_id, epoch FROM partitions ORDER BY id'),
  );
  return rows.map((row) => ({ subject: commandSubject(namespace, row.worker_id), epoch: Number(row.epoch) }));
}
