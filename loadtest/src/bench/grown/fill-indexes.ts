import type pg from 'pg';

/** An index to make again: entered row by row, ten million take hours. */
interface Index {
  table: string;
  name: string;
  /** Of a primary key. */
  constraint: string | null;
  definition: string;
}

const tables = ['transactions', 'idempotency_keys', 'ledger_batches'];
/** What pages of an index are filled to, in per cent, where keys came in random order, and those of wallets one by one. */
const scatteredFill = 70;

export async function dropIndexes(client: pg.Client): Promise<Index[]> {
  const { rows } = await client.query<Index>(
    `SELECT c.relname AS table, i.relname AS name, pg_get_indexdef(x.indexrelid) AS definition,
            (SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conindid = x.indexrelid AND contype = 'p') AS constraint
       FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
      WHERE x.indrelid = ANY ($1::regclass[]) ORDER BY x.indisprimary DESC, i.relname`,
    [tables],
  );
  for (const { table, name, constraint } of rows)
    await client.query(constraint ? `ALTER TABLE ${table} DROP CONSTRAINT ${name}` : `DROP INDEX ${name}`);
  return rows;
}

export async function makeIndexes(
  client: pg.Client,
  indexes: readonly Index[],
  { isGrown }: { isGrown: boolean },
  progress: (message: string) => void,
): Promise<void> {
  for (const { table, name, constraint, definition } of indexes) {
    progress(`building ${name}`);
    const isScattered = isGrown && (table === 'idempotency_keys' || /_wallet_id/.test(definition));
    const fill = isScattered ? ` WITH (fillfactor = ${scatteredFill})` : '';
    await client.query(
      constraint
        ? `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${constraint}${fill}`
        : definition.replace(/ WHERE |$/, (rest) => `${fill}${rest}`).replace(' ON ONLY ', ' ON '),
    );
  }
}
