import { refuseStandby } from '@smart-wallet/engine/contract/standby.js';
import pg from 'pg';

/** A chunk takes milliseconds. */
const statementTimeoutMs = 20_000;

/**
 * The planner may not scan a table or compile a chunk, whatever the statistics say: everything is found along an index, in its order.
 */
const alongIndexes =
  '-c enable_seqscan=off -c enable_bitmapscan=off -c jit=off -c max_parallel_workers_per_gather=0 -c TimeZone=UTC';

/** A connection for one run, apart from those of the other parts. */
export async function connectToLedger(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'wallet-workers reconciliation',
    options: alongIndexes,
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 1_000,
    keepAlive: true,
  });
  // A lost connection fails the statement that needs it.
  client.on('error', () => {});
  await client.connect();
  await refuseStandby(client).catch(async (error: unknown) => {
    await client.end();
    throw error;
  });
  return client;
}
