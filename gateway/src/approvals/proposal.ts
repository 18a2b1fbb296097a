import type { Role } from '@smart-wallet/engine/contract/role.js';

/** What moves money or bounds it: the owner of the wallet does it once it is approved. */
export const moneyActions = [
  'PAYMENT',
  'PAYMENT_BATCH',
  'DEPOSIT',
  'WITHDRAWAL',
  'HOLD',
  'CAPTURE',
  'REFUND',
  'REVERSAL',
  'LIMITS_CHANGE',
  'STATUS_CHANGE',
] as const;
export type MoneyAction = (typeof moneyActions)[number];

/** On users and tokens: done in the commit of the decision. Admins alone ask and decide. As `is_of_accounts` (027) has it. */
export const accountActions = ['USER_CREATE', 'USER_CHANGE', 'TOKEN_MINT'] as const;
export type AccountAction = (typeof accountActions)[number];

/** What can need approval, under the name that callers see. */
export const approvalActions = [...moneyActions, ...accountActions] as const;
export type ApprovalAction = (typeof approvalActions)[number];

/** What somebody else is asked to approve. Payload and state are shown, and what is done is read from them. */
export interface Proposal {
  readonly action: ApprovalAction;
  readonly subject: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** What it was judged by: the owner does nothing when it is another one by then. */
  readonly state: Readonly<Record<string, unknown>>;
  readonly reason: string | null;
  /** Who may ask for it: checked again when it is decided. */
  readonly askerRoles: readonly Role[];
  /** The user it is about, who may not decide. */
  readonly aboutUserId?: string;
  /** Of a new password. It is shown nowhere, bound by no digest, and goes with the decision. */
  readonly passwordHash?: string | undefined;
}

export function isOfAccounts(action: ApprovalAction): action is AccountAction {
  return (accountActions as readonly string[]).includes(action);
}
