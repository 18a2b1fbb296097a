import { shortDigest } from '@smart-wallet/engine/contract/digest.js';
import { v7 as uuidv7 } from 'uuid';
import type { NewToken } from '../auth/api-tokens.js';
import type { UserRole } from '../auth/user-role.js';
import { admins } from '../http/access.js';
import type { UserRow } from '../users/ops-users.js';
import type { Proposal } from './proposal.js';

/* What is done to users and tokens, as another admin is asked to approve it. A password stands in no payload and no digest. */

interface CreatedUser {
  readonly email: string;
  readonly name: string;
  readonly role: UserRole;
}

interface ChangedUser {
  readonly role?: UserRole | undefined;
  readonly disabled?: boolean | undefined;
  readonly setsPassword: boolean;
  readonly reason?: string | undefined;
}

export type MintedTerms = Pick<NewToken, 'role' | 'scope' | 'caller'> & { readonly ttlSeconds: number };

export function userCreateHash({ email, name, role }: CreatedUser): string {
  return shortDigest(JSON.stringify(['USER_CREATE', email, name, role]));
}

export function userCreateProposal({ email, name, role }: CreatedUser, passwordHash: string): Proposal {
  const userId = uuidv7();
  const payload = { userId, email, name, role };
  return { action: 'USER_CREATE', subject: userId, payload, state: {}, reason: null, askerRoles: admins, passwordHash };
}

export function userChangeHash(userId: string, { role, disabled, setsPassword, reason }: ChangedUser): string {
  const terms = ['USER_CHANGE', userId, role ?? null, disabled ?? null, setsPassword];
  return shortDigest(JSON.stringify(reason === undefined ? terms : [...terms, reason]));
}

export function userChangeProposal(user: UserRow, change: ChangedUser, passwordHash: string | undefined): Proposal {
  const { user_id: userId, role, disabled_at: disabledAt, version } = user;
  return {
    ...{
      action: 'USER_CHANGE',
      subject: userId,
      reason: change.reason ?? null,
      askerRoles: admins,
      aboutUserId: userId,
      passwordHash,
    },
    payload: {
      ...{ userId, setsPassword: change.setsPassword },
      ...(change.role !== undefined && { role: change.role }),
      ...(change.disabled !== undefined && { disabled: change.disabled }),
    },
    state: { role, disabled: disabledAt !== null, version },
  };
}

export function tokenMintHash({ role, scope, caller, ttlSeconds }: MintedTerms): string {
  return shortDigest(JSON.stringify(['TOKEN_MINT', role, scope, caller, ttlSeconds]));
}

export function tokenMintProposal({ role, scope, caller, ttlSeconds }: MintedTerms): Proposal {
  const payload = { role, scope, caller, ttlSeconds };
  return { action: 'TOKEN_MINT', subject: `token:${caller}`, payload, state: {}, reason: null, askerRoles: admins };
}
