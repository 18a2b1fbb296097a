import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { UserRole } from '../auth/user-role.js';
import { idPosition, readCursor } from '../http/cursor.js';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';
import type { UserFilters } from './user-requests.js';

/** Of all, disabled ones too. More would be nobody's to look through. */
export const usersMax = 10_000;

export interface UserRow {
  user_id: string;
  email: string;
  name: string;
  role: UserRole;
  has_password: boolean;
  disabled_at: Date | null;
  /** Rises with each change. */
  version: number;
  created_at: Date;
  updated_at: Date;
}

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly role: UserRole;
  readonly passwordHash: string;
}

/** What is left out stays. */
export interface UserChange {
  readonly role?: UserRole | undefined;
  readonly disabled?: boolean | undefined;
  readonly passwordHash?: string | undefined;
}

/** Who acts, for the audit log. */
export interface Actor {
  readonly by: string;
  readonly traceId: string | null;
  readonly reason?: string | undefined;
  /** What a person would have needed another one's approval for. */
  readonly withoutApproval?: boolean;
}

const columns = 'user_id, email, name, role, has_password, disabled_at, version, created_at, updated_at';

/** People who may sign in, or come with tokens of the identity provider, as the ledger's database keeps them. */
export class OpsUsers {
  constructor(private readonly database: Pick<Pool, 'query'>) {}

  /** Newest first: their ids are of their time. There are `usersMax` at most, so all can be looked through. */
  async list(query: UserFilters): Promise<Page<UserRow>> {
    const limit = query.limit ?? pageSizeDefault;
    const { rows } = await this.database.query<UserRow>(
      `SELECT ${columns} FROM ops_users 
        WHERE ($1::uuid IS NULL OR user_id < $1) AND ($3::text IS NULL OR role = $3)
          AND ($4::bool IS NULL OR (disabled_at IS NOT NULL) = $4) ORDER BY user_id DESC LIMIT $2`,
      [readCursor(idPosition, query) ?? null, limit + 1, query.role ?? null, query.disabled ?? null],
    );
    return pageOf(rows, limit, (last) => last.user_id);
  }

  async find(userId: string): Promise<UserRow | undefined> {
    const { rows } = await this.database.query<UserRow>(`SELECT ${columns} FROM ops_users WHERE user_id = $1`, [
      userId,
    ]);
    return rows[0];
  }

  /** The user's id, or why there is none. NOT_ALLOWED: who asks was disabled or given another role just now. */
  async create(
    { email, name, role, passwordHash }: NewUser,
    { by, reason, traceId, withoutApproval = false }: Actor,
  ): Promise<{ userId: string } | 'EMAIL_TAKEN' | 'TOO_MANY' | 'NOT_ALLOWED'> {
    const userId = uuidv7();
    const outcome = await this.#outcome<'CREATED' | 'EMAIL_TAKEN' | 'TOO_MANY' | 'NOT_ALLOWED'>(
      'create_user_v2($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
      [userId, email, name, role, passwordHash, by, reason, traceId, usersMax, withoutApproval],
    );
    return outcome === 'CREATED' ? { userId } : outcome;
  }

  /** LAST_ADMIN: nobody who can sign in would be left to make another. STALE: it has another version than was expected. NOT_ALLOWED: as above. */
  change(
    userId: string,
    { role, disabled, passwordHash }: UserChange,
    { by, reason, traceId, withoutApproval = false }: Actor,
    expectedVersion?: number,
  ): Promise<'CHANGED' | 'NOT_FOUND' | 'LAST_ADMIN' | 'STALE' | 'NOT_ALLOWED'> {
    return this.#outcome('change_user_v2($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
      ...[userId, role, disabled, passwordHash, expectedVersion, by, reason, traceId, withoutApproval],
    ]);
  }

  async isTaken(email: string): Promise<boolean> {
    const { rowCount } = await this.database.query('SELECT FROM ops_users WHERE email = $1', [email]);
    return rowCount !== 0;
  }

  /** How many were ever operators or admins: who disables or lowers the others does not become the only one by that. */
  async operatorsEver(): Promise<number> {
    const { rows } = await this.database.query<{ count: string }>(
      `SELECT count(*) FROM (
         SELECT user_id::text FROM ops_users WHERE role IN ('operator', 'admin')
         UNION SELECT subject FROM audit_log
          WHERE action = 'ROLE_CHANGED' AND detail->'before'->>'role' IN ('operator', 'admin')) ever`,
    );
    return Number(rows[0]?.count);
  }

  async #outcome<Outcome extends string>(call: string, values: unknown[]): Promise<Outcome> {
    const { rows } = await this.database.query<{ outcome: Outcome }>(`SELECT ${call} AS outcome`, values);
    return rows[0]?.outcome as Outcome;
  }
}
