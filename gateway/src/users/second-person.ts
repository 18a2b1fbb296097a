import { developmentBearer } from '../auth/tokens.js';
import type { UserRole } from '../auth/user-role.js';
import type { Bearer } from '../http/bearer.js';
import { ProblemError } from '../http/problem.js';
import type { OpsUsers, UserChange, UserRow } from './ops-users.js';

/*
 * Whoever makes an operator, or sets the password of one, could approve with that account what he asked for himself. So from two
 * operators or admins on no person does that alone.
 */

export function makesOperator(role: UserRole): boolean {
  return role !== 'viewer';
}

/** Does the change give an operator's power to whoever is behind it, or the account to whoever sets its password? */
export function givesPower(
  user: UserRow,
  { role = user.role, disabled, passwordHash }: UserChange,
  by: Bearer,
): boolean {
  const isRaised = ranks[role] > ranks[user.role];
  const isEnabled = disabled === false && user.disabled_at !== null && makesOperator(role);
  return isRaised || isEnabled || (passwordHash !== undefined && user.user_id !== by.userId);
}

const ranks: Readonly<Record<UserRole, number>> = { viewer: 0, operator: 1, admin: 2 };

/** Throws FORBIDDEN. */
export async function refuseAlone(users: OpsUsers, by: Bearer): Promise<void> {
  if (by === developmentBearer || (await users.operatorsEver()) < 2) return;
  const detail =
    'Nobody makes or raises an operator or admin, lets one in again or sets another\u2019s password alone, once there are two. The development token may.';
  throw new ProblemError({ code: 'FORBIDDEN', detail }, { 'www-authenticate': 'Bearer error="insufficient_scope"' });
}
