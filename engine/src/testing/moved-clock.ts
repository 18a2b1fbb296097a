import type { ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';

/**
 * Makes it another time for a database, as far as the ledger's functions and the sessions that connect from now on see it: what they
 * ask for the time is found before Postgres's own.
 */
export async function moveClock({ admin }: ScratchDatabase, byMs: number): Promise<void> {
  const moved = (name: string) =>
    `CREATE FUNCTION moved.${name}() RETURNS timestamptz VOLATILE LANGUAGE sql
       AS $$ SELECT pg_catalog.${name}() + interval '${byMs} milliseconds' $$`;
  await admin.query('CREATE SCHEMA moved');
  await admin.query(moved('clock_timestamp'));
  await admin.query(moved('statement_timestamp'));
  await admin.query('GRANT USAGE ON SCHEMA moved TO PUBLIC');
  const { rows } = await admin.query<{ name: string }>(
    `SELECT oid::regprocedure::text AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
  );
  for (const { name } of rows)
    await admin.query(`ALTER FUNCTION ${name} SET search_path = moved, pg_catalog, public, pg_temp`);
  const { rows: databases } = await admin.query<{ name: string }>('SELECT quote_ident(current_database()) AS name');
  await admin.query(`ALTER DATABASE ${databases[0]?.name} SET search_path = moved, pg_catalog, public`);
}
