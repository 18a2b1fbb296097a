import { refuseStandby } from '@smart-wallet/engine/contract/standby.js';
import pg from 'pg';
import type { Logger } from 'pino';

/** What takes longer is a mistake in its plan, or too large a chunk: it must not hold a snapshot. */
const statementTimeoutMs = 20_000;

/** A connection that nobody uses is kept warm, and found out when the other side is gone. */
const keepAliveAfterMs = 10_000;

/** Connections to the primary of Postgres; a standby is refused. int8 and numeric arrive as text. */
export type Database = pg.Pool;

export interface DatabaseOptions {
  url: string;
  connectionsMax: number;
  applicationName?: string;
}

export function openDatabase(
  { url, connectionsMax, applicationName = 'wallet-workers' }: DatabaseOptions,
  log: Logger,
): Database {
  const database = new pg.Pool({
    connectionString: url,
    max: connectionsMax,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 1_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    onConnect: refuseStandby,
  });
  // Without a listener an idle connection's loss would end the process.
  database.on('error', (error) => log.warn({ err: error }, 'lost a connection to Postgres'));
  // So would that of one that somebody has: what he asks of it next fails, and says so.
  database.on('connect', (client) => client.on('error', () => {}));
  return database;
}

/** Commits what `work` did on one connection, or nothing of it. */
export async function inTransaction<T>(database: Database, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await database.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => {
      broken = failure; // nobody knows what it is in the middle of: it is closed
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
