import type { UserRole } from '../auth/user-role.js';
import type { Bearer } from '../http/bearer.js';
import type { OpsUsers, UserRow } from './ops-users.js';

/*
 * Whoever makes an operator, or sets the password of one, could approve with that account what he asked for himself. So from two
 * operators or admins on no person does that alone.
 */

interface AskedChange {
  readonly role?: UserRole | undefined;
  readonly disabled?: boolean | undefined;
  readonly setsPassword: boolean;
}

export function makesOperator(role: UserRole): boolean {
  return role !== 'viewer';
}

/** Does the change give an operator's power to whoever is behind it, or the account to whoever sets its password? */
export function givesPower(
  user: UserRow,
  { role = user.role, disabled, setsPassword }: AskedChange,
  by: Bearer,
): boolean {
  const isRaised = ranks[role] > ranks[user.role];
  const isEnabled = disabled === false && user.disabled_at !== null && makesOperator(role);
  return isRaised || isEnabled || (setsPassword && user.user_id !== by.userId);
}

const ranks: Readonly<Record<UserRole, number>> = { viewer: 0, operator: 1, admin: 2 };

/** Were there ever two? */
export async function isNotAlone(users: OpsUsers): Promise<boolean> {
  return (await users.operatorsEver()) >= 2;
}
