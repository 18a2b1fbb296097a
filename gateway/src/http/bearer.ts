import type { Role } from '@smart-wallet/engine/contract/role.js';

/** Who asks, as the token says. */
export interface Bearer {
  /** The stable name: scopes idempotency keys. */
  readonly subject: string;
  readonly roles: readonly Role[];
  /** The wallets that it is bound to; null: not bound. */
  readonly scope: string | null;
  /** The person who signed in (`ops_users`); undefined: a program. */
  readonly userId?: string;
  /** Of a token that was minted here, and can be withdrawn. */
  readonly tokenId?: string;
  /** Of the access token of a person who signed in here. */
  readonly sessionId?: string;
  /** When the token's time is over, in Unix milliseconds. */
  readonly endsAtMs: number;
}

/** Of a request that needs no token, and of one before its token is read. */
export const nobody: Bearer = Object.freeze({ subject: '', roles: [], scope: null, endsAtMs: 0 });
