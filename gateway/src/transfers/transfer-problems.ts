import { refusalCodes } from '@smart-wallet/engine/contract/rejection.js';
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

/** And to one that moves money. */
export const transferProblems: readonly ProblemCode[] = [
  ...engineProblems,
  'IDEMPOTENCY_KEY_MISSING',
  'IDEMPOTENCY_KEY_REUSED',
  'ANSWER_ARCHIVED',
  'IDEMPOTENCY_IN_PROGRESS',
  ...refusalCodes.filter((code) => code !== 'BATCH_REFUSED'),
];
