import type { ProblemCode } from '../http/problem-catalogue.js';

/** Of what may need another person's approval. */
export const approvalProblems: readonly ProblemCode[] = [
  'APPROVAL_REJECTED',
  'APPROVAL_EXPIRED',
  'APPROVAL_STALE',
  'TOO_MANY_APPROVALS',
  'IDEMPOTENCY_KEY_REUSED',
];
