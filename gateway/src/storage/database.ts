import pg from 'pg';
import type { Logger } from 'pino';
import type { Config } from '../config.js';

/** A read that takes longer is a mistake in its plan or an overloaded server: it must not hold a connection. */
const statementTimeoutMs = 5_000;

/** Connections to Postgres, and the token by which Nest injects them. int8 and numeric arrive as text. */
export class Database extends pg.Pool {}

/** Reads go to the primary: a commit is seen at once. `atConnect` is run on every new connection. */
export function openDatabase(
  { databaseUrl, databaseConnectionsMax }: Pick<Config, 'databaseUrl' | 'databaseConnectionsMax'>,
  log: Logger,
  applicationName = 'wallet-gateway',
  atConnect?: string,
): Database {
  const database = new Database({
    connectionString: databaseUrl,
    max: databaseConnectionsMax,
    application_name: applicationName,
    connectionTimeoutMillis: 2_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 1_000,
    keepAlive: true,
    ...(atConnect === undefined ? {} : { onConnect: (client) => client.query(atConnect) }),
  });
  // Without a listener an idle connection's loss would end the process.
  database.on('error', (error) => log.warn({ err: error }, 'lost a connection to Postgres'));
  return database;
}
