import type { Role } from '@smart-wallet/engine/contract/role.js';

/** What can need approval, under the name that callers see. */
export const approvalActions = [
  'PAYMENT',
  'PAYMENT_BATCH',
  'DEPOSIT',
  'WITHDRAWAL',
  'HOLD',
  'CAPTURE',
  'REFUND',
  'REVERSAL',
  'LIMITS_CHANGE',
] as const;
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
}
