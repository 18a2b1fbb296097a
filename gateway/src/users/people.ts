import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { Person } from '../auth/provider-tokens.js';
import { usersMax } from './ops-users.js';

/** People who come with tokens of the identity provider, as `ops_users` keeps them. */
export class People {
  constructor(private readonly database: Pick<Pool, 'query'>) {}

  /** Who it is; entered at first use. Null: there are too many users. */
  async enter({ subject, email, name, role }: Person): Promise<string | null> {
    const { rows: known } = await this.database.query<{ user_id: string; is_same: boolean }>(
      `SELECT user_id, role = $2 OR has_password AS is_same FROM ops_user_subjects JOIN ops_users USING (user_id) WHERE subject = $1`,
      [subject, role],
    );
    if (known[0]?.is_same) return known[0].user_id;
    const { rows } = await this.database.query<{ user_id: string | null }>(
      'SELECT enter_person($1, $2, $3, $4, $5, $6, $7) AS user_id',
      [subject, uuidv7(), email, name, role, null, usersMax],
    );
    return rows[0]?.user_id ?? null;
  }

  /** The id of the user whose subject it is already; null: nobody's. */
  async known(subject: string): Promise<string | null> {
    const { rows } = await this.database.query<{ user_id: string }>(
      'SELECT user_id FROM ops_user_subjects WHERE subject = $1',
      [subject],
    );
    return rows[0]?.user_id ?? null;
  }
}
