import type { HoldCommand } from '@smart-wallet/engine/contract/commands.js';
import type { EngineResult } from '../engine-client/call.js';
import type { Answer } from '../http/answer.js';
import { ProblemError, validationFailed } from '../http/problem.js';
import { recordedAnswer } from '../transfers/transfer-answer.js';
import { newHoldJson } from './hold-json.js';
import { expiresAtError } from './hold-requests.js';

export function newHoldAnswer(command: HoldCommand, result: EngineResult, traceId: string): Answer {
  // Only of one that was over before it was made.
  if (result.outcome === 'RECORDED' && result.transaction.failureCode === 'HOLD_EXPIRED')
    throw new ProblemError(validationFailed([expiresAtError]));
  return recordedAnswer(result, traceId, (recorded) => ({
    body: newHoldJson(command, recorded),
    location: `/api/holds/${recorded.transactionId}`,
  }));
}
