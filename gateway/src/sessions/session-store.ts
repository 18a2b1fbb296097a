import type { Pool } from 'pg';
import type { UserRole } from '../auth/user-role.js';
import type { RefreshToken } from './refresh-tokens.js';

/** A session ends when it was not refreshed for so long, and after the longest time in any case. */
export const sessionIdle = '12 hours';
export const sessionLongest = '7 days';
/** In this time the refresh token before the last is answered with the same successor: two tabs ask at once. */
export const againWithin = '10 seconds';
/** Of one user; the oldest gives way. */
export const sessionsMax = 20;

export interface PasswordRow {
  user_id: string;
  email: string;
  name: string;
  role: UserRole;
  version: number;
  password_hash: string;
}

export interface RefreshedRow {
  outcome: 'ROTATED' | 'AGAIN';
  user_id: string;
  email: string;
  name: string;
  role: UserRole;
  ends_at: Date;
}

export interface OpenSessionRow {
  session_id: string;
  created_at: Date;
  rotated_at: Date;
  ends_at: Date;
}

type Rotation = RefreshedRow | { outcome: 'REUSED' | 'ENDED' | 'UNKNOWN' };

/** Sessions, as the ledger's database keeps them. */
export class SessionStore {
  constructor(private readonly database: Pick<Pool, 'query'>) {}

  /** Of whoever may sign in with a password. */
  async passwordOf(who: { email: string } | { userId: string }): Promise<PasswordRow | undefined> {
    const { rows } = await this.database.query<PasswordRow>('SELECT * FROM password_to_check($1, $2)', [
      ...('email' in who ? [who.email, null] : [null, who.userId]),
    ]);
    return rows[0];
  }

  /** When it ends; null: the user is another one by now, or disabled. */
  async start(
    { sessionId, hash }: RefreshToken,
    { user_id, version }: PasswordRow,
    traceId: string,
  ): Promise<Date | null> {
    const { rows } = await this.database.query<{ ends_at: Date | null }>(
      'SELECT start_session($1, $2, $3, $4, $5, $6, $7) AS ends_at',
      [sessionId, user_id, version, hash, sessionIdle, sessionsMax, traceId],
    );
    return rows[0]?.ends_at ?? null;
  }

  async rotate(shown: RefreshToken, next: RefreshToken, traceId: string): Promise<Rotation> {
    const { rows } = await this.database.query<Rotation>(
      'SELECT * FROM rotate_session($1, $2, $3, $4, $5, $6, $7, $8)',
      [
        ...[shown.sessionId, shown.generation, shown.hash, next.hash],
        ...[againWithin, sessionIdle, sessionLongest, traceId],
      ],
    );
    return rows[0] as Rotation;
  }

  /** Of one user, that go on; the newest first. */
  async open(userId: string): Promise<OpenSessionRow[]> {
    const { rows } = await this.database.query<OpenSessionRow>(
      `SELECT session_id, created_at, rotated_at, ends_at FROM sessions
        WHERE user_id = $1 AND ended_at IS NULL AND ends_at > clock_timestamp() ORDER BY created_at DESC LIMIT $2`,
      [userId, sessionsMax],
    );
    return rows;
  }

  async endAll(userId: string, traceId: string): Promise<void> {
    await this.database.query('SELECT sign_out_everywhere($1, $2)', [userId, traceId]);
  }

  async end(sessionId: string, traceId: string): Promise<void> {
    await this.database.query('SELECT sign_out($1, $2)', [sessionId, traceId]);
  }
}
