import type { Pool } from 'pg';

/**
 * What may open nothing any more: tokens and sessions, by their ids, and people who are disabled. An id is nobody else's, so one set
 * holds all three. Of tokens and sessions those that a gateway may still take for good by its own clock, which may be behind the
 * database's: tokens until a day after their end, sessions, whose access tokens are good for ten minutes, for two hours.
 */
export async function withdrawnIds(database: Pick<Pool, 'query'>): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>({
    name: 'withdrawn-ids',
    text: `SELECT token_id AS id FROM api_tokens
            WHERE revoked_at IS NOT NULL AND expires_at > statement_timestamp() - interval '1 day'
           UNION ALL
           SELECT session_id FROM sessions WHERE ended_at > statement_timestamp() - interval '2 hours'
           UNION ALL
           SELECT user_id FROM ops_users WHERE disabled_at IS NOT NULL`,
  });
  return rows.map(({ id }) => id);
}
