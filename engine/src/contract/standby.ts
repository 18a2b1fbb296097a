/** What Postgres says to whoever writes where nothing can be written (read_only_sql_transaction). */
export const readOnlyCode = '25006';

/** The address led to a standby: it was the primary until a moment ago, or whoever hands out the address did not know better. */
export class StandbyRefused extends Error {
  readonly code = readOnlyCode;

  constructor() {
    super('the database is a standby: its state may be old, and it takes no writes');
  }
}

interface Asked {
  query(text: string): Promise<{ rows: { standby?: boolean }[] }>;
}

/**
 * To be called on every new connection. Throws a StandbyRefused at a standby: reads would be answered, with an old state, for as long as
 * the connection lasts. (A primary that becomes a standby ends its connections.)
 */
export async function refuseStandby(client: Asked): Promise<void> {
  const { rows } = await client.query('SELECT pg_is_in_recovery() AS standby');
  if (rows[0]?.standby) throw new StandbyRefused();
}
