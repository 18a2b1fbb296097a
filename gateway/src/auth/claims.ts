import { type Role, roles } from '@smart-wallet/engine/contract/role.js';
import { isScope } from '@smart-wallet/engine/contract/wallet.js';
import type { JWTPayload } from 'jose';

/** A provider may list many groups: what is no role here is passed over, and no more than this are looked at. */
const rolesMax = 100;

/** The roles among what a claim holds, an array or words with spaces in between. `path`: see `claimAt`. */
export function rolesIn(payload: JWTPayload, path: string): readonly Role[] {
  const value = claimAt(payload, path);
  const named = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
  const given = new Set(named.slice(0, rolesMax));
  return roles.filter((role) => given.has(role));
}

/** The scope that a claim names; null: the claim is not there. undefined: it is, and names none, so that nobody knows whose the token is. */
export function scopeIn(payload: JWTPayload, path: string): string | null | undefined {
  const value = claimAt(payload, path);
  if (value === undefined) return null;
  return isScope(value) ? value : undefined;
}

/** undefined: there is none. `path`: names of claims, `.` between them. */
export function claimAt(payload: JWTPayload, path: string): unknown {
  let value: unknown = payload;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

const subjectPattern = /^[\x21-\x7e]{1,200}$/;

/** It scopes idempotency keys and stands in logs and the audit log: visible ASCII, and not too long. */
export function isSubject(value: unknown): value is string {
  return typeof value === 'string' && subjectPattern.test(value);
}
