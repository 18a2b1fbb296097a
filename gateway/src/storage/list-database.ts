import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { Database, openDatabase } from './database.js';

/** Lists wait for each other here, and never take a connection from a payment, a balance or a new wallet. */
const listConnectionsMax = 3;

/**
 * Lists find their page along an index, in its order, whatever the statistics say: a sort or a scan of a table reads all
 * of it first. So the planner may not choose those, and does not compile what ends after a few thousand rows.
 */
export const alongIndexes = `SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off;
  SET max_parallel_workers_per_gather = 0; SET jit = off`;

/** Connections for reads of many rows, and the token by which Nest injects them. */
export class ListDatabase extends Database {}

export function openListDatabase({ databaseUrl }: Pick<Config, 'databaseUrl'>, log: Logger): ListDatabase {
  const connections = { databaseUrl, databaseConnectionsMax: listConnectionsMax };
  return openDatabase(connections, log, { applicationName: 'wallet-gateway lists', atConnect: alongIndexes });
}
