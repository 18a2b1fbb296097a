/* Who could do what, and when, as the audit log has it. What changes accounts is written one after another, in the order of the commits. */

export interface AccountRow {
  readonly caller: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: { readonly after?: Readonly<Record<string, unknown>> };
}

export interface Account {
  role: string;
  disabled: boolean;
}

const ranks: Readonly<Record<string, number>> = { viewer: 0, operator: 1, admin: 2 };

/** What was done by somebody who could not, or by one alone where it takes two. `accounts`: as they were before, by `user:<id>`. */
export function unlawful(rows: readonly AccountRow[], accounts: Map<string, Account>): string[] {
  const isAdmin = (who: unknown) => {
    const account = accounts.get(String(who));
    return account?.role === 'admin' && !account.disabled;
  };
  const faults: string[] = [];
  for (const row of rows) {
    const { caller, action, subject, detail } = row;
    const id = `user:${subject}`;
    const account = accounts.get(id) ?? { role: 'viewer', disabled: false };
    const { role = account.role, decidedBy } = detail.after ?? {};
    const givesPower =
      (action === 'ROLE_CHANGED' && (ranks[String(role)] as number) > (ranks[account.role] as number)) ||
      (action === 'USER_CREATED' && role !== 'viewer') ||
      (action === 'USER_ENABLED' && account.role !== 'viewer') ||
      action === 'PASSWORD_SET';
    const isByTwo = decidedBy !== undefined && decidedBy !== caller && decidedBy !== id && isAdmin(decidedBy);
    if (!isAdmin(caller) || (givesPower && !isByTwo)) faults.push(JSON.stringify(row));
    if (action === 'USER_DISABLED') account.disabled = true;
    if (action === 'USER_ENABLED') account.disabled = false;
    accounts.set(id, { ...account, role: String(role) });
  }
  return faults;
}
