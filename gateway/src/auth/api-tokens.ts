import type { Role } from '@smart-wallet/engine/contract/role.js';
import type { Pool } from 'pg';
import { idPosition, readCursor } from '../http/cursor.js';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';
import type { TokenFilters } from './token-requests.js';

/** A token for these can be minted; what an admin may is for people. */
export const mintableRoles = ['display', 'service', 'viewer', 'operator'] as const satisfies readonly Role[];
export type MintableRole = (typeof mintableRoles)[number];

/** Good at once. More would be nobody's to look through. */
export const tokensMax = 10_000;

export interface NewToken {
  readonly tokenId: string;
  readonly role: MintableRole;
  readonly scope: string | null;
  readonly caller: string;
  readonly endsAtMs: number;
}

/** Who asks, for the audit log. */
export interface Asked {
  readonly by: string;
  readonly traceId: string;
  /** What a person would have needed another one's approval for. */
  readonly withoutApproval?: boolean;
}

export interface TokenRow {
  token_id: string;
  role: MintableRole;
  scope: string | null;
  caller: string;
  minted_by: string;
  created_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
}

/** How many tokens a page looks at. When too few of them match, it is short or empty, and the next one goes on behind them. */
const tokensPerPageMax = 2_000;

const columns = 'token_id, role, scope, caller, minted_by, created_at, expires_at, revoked_at';

/** The tokens that were minted, as the ledger's database keeps them. */
export class ApiTokens {
  constructor(private readonly database: Pick<Pool, 'query'>) {}

  /** False, and nothing is written, when there are `tokensMax` already. */
  async record(
    { tokenId, role, scope, caller, endsAtMs }: NewToken,
    { by, traceId, withoutApproval }: Asked,
  ): Promise<boolean> {
    const { rows } = await this.database.query<{ done: boolean }>(
      'SELECT record_api_token_v2($1, $2, $3, $4, $5, $6, $7, $8, $9) AS done',
      [
        ...[tokenId, role, scope, caller, by, new Date(endsAtMs), traceId, tokensMax],
        withoutApproval ? { withoutApproval } : null,
      ],
    );
    return rows[0]?.done === true;
  }

  /** False: there is no such token. */
  async revoke(tokenId: string, { by, traceId }: Asked): Promise<boolean> {
    const { rows } = await this.database.query<{ done: boolean }>('SELECT revoke_api_token($1, $2, $3) AS done', [
      ...[tokenId, by, traceId],
    ]);
    return rows[0]?.done === true;
  }

  async find(tokenId: string): Promise<TokenRow | undefined> {
    const { rows } = await this.database.query<TokenRow>(`SELECT ${columns} FROM api_tokens WHERE token_id = $1`, [
      tokenId,
    ]);
    return rows[0];
  }

  /** Newest first: their ids are of their time. What is sought is sought among so many a page. */
  async list(query: TokenFilters): Promise<Page<TokenRow>> {
    const limit = query.limit ?? pageSizeDefault;
    const { role, state } = query;
    const isSought = role !== undefined || state !== undefined;
    const { rows } = await this.database.query<TokenRow & { state: string }>(
      `SELECT ${columns}, CASE WHEN revoked_at IS NOT NULL THEN 'REVOKED'
                               WHEN expires_at <= clock_timestamp() THEN 'EXPIRED' ELSE 'GOOD' END AS state
         FROM api_tokens WHERE $1::uuid IS NULL OR token_id < $1 ORDER BY token_id DESC LIMIT $2`,
      [readCursor(idPosition, query) ?? null, isSought ? tokensPerPageMax : limit + 1],
    );
    const idOf = (last: TokenRow) => last.token_id;
    if (!isSought) return pageOf(rows, limit, idOf);
    const found = rows.filter((row) => (role ?? row.role) === row.role && (state ?? row.state) === row.state);
    if (found.length > limit) return pageOf(found, limit, idOf);
    const last = rows.at(-1);
    return { rows: found, next: rows.length === tokensPerPageMax && last ? idOf(last) : null };
  }
}
