// @ts-check

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * A connection for one piece of work.
 * @template T
 * @param {string} url
 * @param {(client: import('pg').Client) => Promise<T>} work
 * @param {{ connectTimeoutMs?: number }} [options]
 * @returns {Promise<T>}
 */
export async function withClient(url, work, { connectTimeoutMs = CONNECT_TIMEOUT_MS } = {}) {
  const { default: pg } = await import('pg'); // not before it is needed: the doctor looks at machines without packages
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs });
  client.on('error', () => {}); // a server that goes while we are connected; the query rejects too
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
