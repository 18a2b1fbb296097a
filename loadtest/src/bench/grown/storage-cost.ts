import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';

/** What Postgres wrote to its log and read from outside its own memory. */
export interface StorageUse {
  walBytes: number;
  /** Pages that the log holds whole: they were changed for the first time since a checkpoint. */
  pagesWhole: number;
  pagesRead: number;
}

/** So far: the log is the whole server's, what was read is the database's. */
export async function storageUse(databaseUrl: string): Promise<StorageUse> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<StorageUse>(
      `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS "walBytes",
              (SELECT wal_fpi::float8 FROM pg_stat_wal) AS "pagesWhole",
              (SELECT blks_read::float8 FROM pg_stat_database WHERE datname = current_database()) AS "pagesRead"`,
    );
    return rows[0] as StorageUse;
  });
}

/** Of each of `count` payments. */
export function storageEach(before: StorageUse, after: StorageUse, count: number): StorageUse {
  return {
    walBytes: (after.walBytes - before.walBytes) / count,
    pagesWhole: (after.pagesWhole - before.pagesWhole) / count,
    pagesRead: (after.pagesRead - before.pagesRead) / count,
  };
}
