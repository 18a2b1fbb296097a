import { DatabaseClock } from '@smart-wallet/engine/contract/database-clock.js';
import { refuseStandby } from '@smart-wallet/engine/contract/standby.js';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Config } from '../config.js';

/** A read that takes longer is a mistake in its plan or an overloaded server: it must not hold a connection. */
const readTimeoutMs = 5_000;

/** How often the database is asked what time it is. */
const timeEveryMs = 1_000;

/** Connections to Postgres, and the token by which Nest injects them. int8 and numeric arrive as text. */
export class Database extends pg.Pool {
  readonly #clock = new DatabaseClock(Date.now(), performance.now());
  #following: NodeJS.Timeout | undefined;
  #asking = false;

  /** The database's time, Unix milliseconds: what this machine's clock says, or is set to, changes no payment's age. */
  nowMs(): number {
    return this.#clock.nowMs(performance.now());
  }

  /** From now on `nowMs` is the database's time, and not only this machine's. */
  async followTime(): Promise<void> {
    this.#following = setInterval(() => void this.#askTime(), timeEveryMs);
    await this.#askTime();
  }

  stopFollowing(): void {
    clearInterval(this.#following);
  }

  /** Without an answer the clock goes on by itself. One question at a time: they must not take the connections of a slow database. */
  async #askTime(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const answer = await this.query<{ ms: string }>({
      name: 'database-time',
      text: 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms',
    }).catch(() => null);
    this.#asking = false;
    if (answer) this.#clock.sample(Number(answer.rows[0]?.ms), performance.now());
  }
}

export interface Connections {
  /** `wallet-gateway` without it. */
  applicationName?: string;
  /** Run on every new connection. */
  atConnect?: string;
  statementTimeoutMs?: number;
}

/** A connection that nobody uses is kept warm, and found out when the other side is gone. */
const keepAliveAfterMs = 10_000;

/** Reads go to the primary: a commit is seen at once. A standby is refused. */
export function openDatabase(
  { databaseUrl, databaseConnectionsMax }: Pick<Config, 'databaseUrl' | 'databaseConnectionsMax'>,
  log: Logger,
  { applicationName = 'wallet-gateway', atConnect, statementTimeoutMs = readTimeoutMs }: Connections = {},
): Database {
  const database = new Database({
    connectionString: databaseUrl,
    max: databaseConnectionsMax,
    application_name: applicationName,
    connectionTimeoutMillis: 2_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 1_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    onConnect: async (client) => {
      await refuseStandby(client);
      if (atConnect !== undefined) await client.query(atConnect);
    },
  });
  // Without a listener an idle connection's loss would end the process.
  database.on('error', (error) => log.warn({ err: error }, 'lost a connection to Postgres'));
  return database;
}
