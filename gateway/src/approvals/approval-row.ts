import type { ApprovalAction } from './proposal.js';

export const approvalStatuses = ['PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'STALE'] as const;
export type ApprovalStatus = (typeof approvalStatuses)[number];

/** What came of an approved act: what its key names, or why nothing was done. */
export interface ApprovalResult {
  /** What it made, also where it was refused (`code`): a refusal is recorded. */
  readonly transactionIds?: readonly string[];
  /** Who was made or changed, and what was minted. */
  readonly userId?: string;
  readonly tokenId?: string;
  readonly code?: string;
  readonly detail?: string;
}

export interface ApprovalRow {
  approval_id: string;
  action: ApprovalAction;
  subject: string;
  payload: Record<string, unknown>;
  state: Record<string, unknown>;
  payload_hash: string;
  reason: string | null;
  request_hash: string;
  requested_by: string;
  requested_user_id: string;
  requested_at: Date;
  expires_at: Date;
  status: ApprovalStatus;
  decided_by: string | null;
  decided_user_id: string | null;
  decided_at: Date | null;
  note: string | null;
  result: ApprovalResult | null;
}

/** One whose time is over is EXPIRED, also before that is written down. */
export const approvalStatusSql = `CASE WHEN a.status = 'PENDING' AND a.expires_at <= clock_timestamp() THEN 'EXPIRED' ELSE a.status END`;

export const approvalColumns = `a.approval_id, a.action, a.subject, a.payload, a.state, a.payload_hash, a.reason, a.request_hash,
  a.requested_by, a.requested_user_id, a.requested_at, a.expires_at, ${approvalStatusSql} AS status, a.decided_by, a.decided_user_id,
  a.decided_at, a.note, a.result`;
