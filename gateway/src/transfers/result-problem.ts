import type { RecordedTransaction } from '@smart-wallet/engine/contract/commands.js';
import { commandDeadlineMs } from '@smart-wallet/engine/contract/limits.js';
import type { EngineResult, GatewayNotDoneCode } from '../engine-client/call.js';
import type { Problem } from '../http/problem.js';

/** The problem that a result is, or null when it succeeded. The one place where the engine's answers meet HTTP. */
export function resultProblem(result: EngineResult): Problem | null {
  switch (result.outcome) {
    case 'RECORDED':
      return refusalProblem(result.transaction);
    case 'BATCH_RECORDED':
      return result.transactions.every((transaction) => transaction.status === 'SUCCESS')
        ? null
        : { code: 'BATCH_REFUSED', detail: 'No payment of the batch was made: see results for each one.' };
    case 'STATUS_CHANGED':
    case 'LIMITS_CHANGED':
      return null;
    case 'LIMITS_REFUSED':
      return { code: result.code, detail: result.detail };
    case 'NOT_RECORDED':
      return result.item === undefined
        ? { code: result.code, detail: result.detail }
        : {
            code: result.code,
            detail: `payments.${result.item}: ${result.detail}`,
            errors: [{ field: `payments.${result.item}`, rule: result.code, message: result.detail }],
          };
    case 'NOT_DONE':
      return { code: result.code, detail: notDoneDetails[result.code] };
    case 'UNKNOWN':
      return {
        code: 'OUTCOME_UNKNOWN',
        detail: `No answer within ${commandDeadlineMs} ms. It may have been done: ask again with the same Idempotency-Key and body.`,
      };
    case 'IN_PROGRESS':
      return { code: 'IDEMPOTENCY_IN_PROGRESS', detail: 'Ask again with the same Idempotency-Key and body.' };
    case 'TOO_LARGE':
      return {
        code: 'PAYLOAD_TOO_LARGE',
        detail: 'The request is too large for one message to the engine: make the batch smaller.',
      };
  }
}

/** Of a FAILED transaction. */
export function refusalProblem(transaction: RecordedTransaction): Problem | null {
  if (transaction.failureCode === null) return null;
  return {
    code: transaction.failureCode,
    detail: transaction.failureReason ?? 'The payment was refused.',
    transactionId: transaction.transactionId,
  };
}

const notDoneDetails: Readonly<Record<GatewayNotDoneCode, string>> = {
  PARTITION_UNAVAILABLE:
    'This request did nothing: nobody serves this wallet at the moment. Ask again with the same Idempotency-Key.',
  UPGRADE_UNDER_WAY:
    'This request did nothing: engines of a version that does not know it yet are being replaced. Ask again later with the same Idempotency-Key.',
  OVERLOADED: 'This request did nothing: too many are waiting. Ask again later with the same Idempotency-Key.',
  STORAGE_UNAVAILABLE:
    'This request did nothing: the database takes no writes at the moment. Ask again later with the same Idempotency-Key.',
  DEADLINE_EXCEEDED:
    'This request did nothing: it waited too long in the queue. Ask again with the same Idempotency-Key.',
  COMMAND_FAULT: 'This request did nothing: the engine refuses the command as malformed, which is a fault on our side.',
};
