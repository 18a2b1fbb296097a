import pg from 'pg';
import { waitForOthers } from './late-indexes.js';

/**
 * An index that a migration adds to the ledger ON ONLY is not whole until every month has it. Each month's is built here one after
 * the other, while payments go on: no migration could, since CONCURRENTLY allows no transaction around it. What was broken off is
 * built again at the next run.
 */
export async function buildMonthIndexes(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await waitForOthers(client, 'build_month_indexes');
    const { rows } = await client.query<MissingIndex>(missingIndexesSql);
    for (const { index, month, definition } of rows) await build(client, index, month, definition);
    return rows.map(({ index, month }) => `${index} of ${month}`);
  } finally {
    await client.end();
  }
}

interface MissingIndex {
  index: string;
  month: string;
  /** From the table's name on. */
  definition: string;
}

const missingIndexesSql = `
  SELECT parent.relname AS index, month.relname AS month,
         regexp_replace(pg_get_indexdef(parent.oid), '^CREATE (UNIQUE )?INDEX .* ON ONLY [^ ]+ ', '') AS definition
    FROM pg_index whole
         JOIN pg_class parent ON parent.oid = whole.indexrelid
         JOIN pg_inherits part ON part.inhparent = whole.indrelid
         JOIN pg_class month ON month.oid = part.inhrelid
   WHERE whole.indrelid = 'transactions'::regclass AND NOT whole.indisvalid AND NOT whole.indisunique
     AND NOT EXISTS (SELECT FROM pg_inherits attached JOIN pg_index of_month ON of_month.indexrelid = attached.inhrelid
                      WHERE attached.inhparent = parent.oid AND of_month.indrelid = month.oid)
   ORDER BY 1, 2`;

async function build(client: pg.Client, index: string, month: string, definition: string): Promise<void> {
  const name = client.escapeIdentifier(`${index}_${month}`.slice(0, 63));
  await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
  await client.query(`CREATE INDEX CONCURRENTLY ${name} ON ${client.escapeIdentifier(month)} ${definition}`);
  // Payments wait behind this one; the statements above wait for others and hold up nobody.
  await client.query(`SET lock_timeout = '3s'`);
  await client.query(`ALTER INDEX ${client.escapeIdentifier(index)} ATTACH PARTITION ${name}`);
  await client.query('RESET lock_timeout');
}
