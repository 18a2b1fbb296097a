import pg from 'pg';
import { refuseStandby } from './contract/standby.js';

const connectTimeoutMs = 2_000;

/**
 * One connection to the primary of Postgres, with the longest that a connect may take: a standby is refused. It does not reconnect by
 * itself.
 */
export async function openConnection(
  url: string,
  applicationName: string,
  lost: (client: pg.Client, error: Error) => void,
): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    // An idle connection is kept warm, so that a firewall does not forget it.
    keepAliveInitialDelayMillis: 10_000,
  });
  client.on('error', (error) => lost(client, error));
  try {
    await client.connect();
    await withTimeout(refuseStandby(client), connectTimeoutMs);
  } catch (error) {
    dropConnection(client);
    throw error;
  }
  return client;
}

/** Ends a connection without waiting for the other side. */
export function dropConnection(client: pg.Client): void {
  const { stream } = (client as unknown as { connection: { stream: { destroy(): void } } }).connection;
  stream.destroy();
}

/** Nothing came back in time: the server may be slow, or nobody is there any more. */
export class NoAnswer extends Error {}

export async function withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`the database did not answer within ${ms} ms`)), ms);
  });
  work.catch(() => {}); // it may still fail after the time is up
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
