import type {
  AtomicBatchCommand,
  Command,
  HoldCommand,
  TransferCommand,
} from '@smart-wallet/engine/contract/commands.js';
import type { EngineResult } from '../engine-client/call.js';
import { newHoldAnswer } from '../holds/new-hold-answer.js';
import type { Answer } from '../http/answer.js';
import { atomicAnswer } from '../payments/atomic-answer.js';
import { transactionAnswerOf, transferAnswer } from '../transfers/transfer-answer.js';

/** As the request would have been answered, had it needed no approval. Of a change of limits: see `LimitsService`. */
export function approvedAnswer(command: Command, result: EngineResult, traceId: string): Answer {
  switch (command.type) {
    case 'ATOMIC_BATCH':
      return atomicAnswer(command as AtomicBatchCommand, result, traceId);
    case 'TRANSFER':
      return transferAnswer(command as TransferCommand, result, traceId);
    case 'HOLD':
      return newHoldAnswer(command as HoldCommand, result, traceId);
    default:
      return transactionAnswerOf(result, traceId);
  }
}
