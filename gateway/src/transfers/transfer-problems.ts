import { approvalProblems as approving } from '../approvals/approval-problems.js';
import type { ProblemCode } from '../http/problem-catalogue.js';

/** What the engine can answer to any command. */
export const engineProblems: readonly ProblemCode[] = [
  'WALLET_NOT_FOUND',
  'PARTITION_UNAVAILABLE',
  'OVERLOADED',
  'DEADLINE_EXCEEDED',
  'OUTCOME_UNKNOWN',
  'COMMAND_FAULT',
];

const keyed: readonly ProblemCode[] = [
  ...engineProblems,
  'IDEMPOTENCY_KEY_MISSING',
  'IDEMPOTENCY_KEY_REUSED',
  'ANSWER_ARCHIVED',
  'IDEMPOTENCY_IN_PROGRESS',
];
const spending: readonly ProblemCode[] = ['PAYMENT_LIMIT_EXCEEDED', 'DAILY_OUT_LIMIT_EXCEEDED', 'INSUFFICIENT_FUNDS'];
const receiving: readonly ProblemCode[] = ['DAILY_IN_LIMIT_EXCEEDED', 'BALANCE_LIMIT_EXCEEDED'];

/* And to one that moves money, or sets it apart. */
export const transferProblems: readonly ProblemCode[] = [
  ...[...keyed, ...approving, 'WALLET_NOT_ACTIVE' as const, 'CURRENCY_MISMATCH' as const],
  ...[...spending, ...receiving],
];
/** Of what engines of before do not know. */
const newer: readonly ProblemCode[] = [...keyed, 'UPGRADE_UNDER_WAY'];
export const holdProblems: readonly ProblemCode[] = [
  ...[...newer, ...approving, 'WALLET_NOT_ACTIVE' as const, 'CURRENCY_MISMATCH' as const, ...spending],
];
export const holdEndProblems: readonly ProblemCode[] = [...newer, 'HOLD_NOT_FOUND', 'HOLD_NOT_OPEN', 'HOLD_EXPIRED'];
export const captureProblems: readonly ProblemCode[] = [
  ...[...holdEndProblems, ...approving, 'CAPTURE_EXCEEDS_HOLD' as const, 'TOO_MANY_CAPTURES' as const],
  ...['WALLET_NOT_ACTIVE' as const, ...receiving],
];
const payingBack: readonly ProblemCode[] = ['WALLET_NOT_ACTIVE', 'INSUFFICIENT_FUNDS', 'BALANCE_LIMIT_EXCEEDED'];
export const refundProblems: readonly ProblemCode[] = [
  ...[
    ...newer,
    ...approving,
    'PAYMENT_NOT_FOUND' as const,
    'NOT_REFUNDABLE' as const,
    'REFUND_EXCEEDS_REMAINING' as const,
  ],
  ...['TOO_MANY_REFUNDS' as const, ...payingBack],
];
export const reversalProblems: readonly ProblemCode[] = [
  ...[
    ...newer,
    ...approving,
    'TRANSACTION_NOT_FOUND' as const,
    'NOT_REVERSIBLE' as const,
    'NOTHING_LEFT_TO_REVERSE' as const,
  ],
  ...payingBack,
];
export const limitsProblems: readonly ProblemCode[] = [...newer, ...approving, 'CREDIT_LIMIT_IN_USE'];
