// @ts-check
import { withClient } from '../servers/postgres-client.mjs';

/**
 * Of the payments that were answered, those that the ledger has.
 * @param {string} databaseUrl
 * @param {readonly import('./keyed-payments.mjs').Payment[]} payments
 * @returns {Promise<Set<string | null>>} transaction ids; `has` may be asked for a payment without one
 */
export async function committedIds(databaseUrl, payments) {
  const ids = payments.flatMap(({ transactionId }) => transactionId ?? []);
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query(
      'SELECT transaction_id AS id FROM transactions WHERE transaction_id = ANY ($1)',
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  });
}
