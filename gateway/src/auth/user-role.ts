import type { Role } from '@smart-wallet/engine/contract/role.js';

/** What a person can be, from the least to the most. */
export const userRoles = ['viewer', 'operator', 'admin'] as const satisfies readonly Role[];
export type UserRole = (typeof userRoles)[number];

export function isUserRole(value: unknown): value is UserRole {
  return (userRoles as readonly unknown[]).includes(value);
}
