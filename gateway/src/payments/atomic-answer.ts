import type { AtomicBatchCommand } from '@smart-wallet/engine/contract/commands.js';
import type { PaymentTerms } from '@smart-wallet/engine/contract/transfer-terms.js';
import type { EngineResult } from '../engine-client/call.js';
import { type Answer, problemAnswer } from '../http/answer.js';
import { problemBody } from '../http/problem.js';
import { recordedTransactionJson } from '../transactions/transaction-json.js';
import { refusalProblem, resultProblem } from '../transfers/result-problem.js';
import { problemItemJson, successItemJson } from '../transfers/transfer-answer.js';

/** 201 with every transaction, or 422 with every payment's problem. */
export function atomicAnswer(command: AtomicBatchCommand, result: EngineResult, traceId: string): Answer {
  const problem = resultProblem(result);
  if (result.outcome !== 'BATCH_RECORDED') {
    if (!problem) throw new Error(`an atomic batch was answered with ${result.outcome}`);
    return problemAnswer(problem, traceId);
  }
  const transactionIds = result.transactions.map((transaction) => transaction.transactionId);
  const recorded = { replayed: result.replayed, transactionIds };
  const items = result.transactions.map((transaction, index) => {
    const refusal = refusalProblem(transaction);
    return refusal
      ? problemItemJson(refusal, traceId)
      : successItemJson(recordedTransactionJson(command.payments[index] as PaymentTerms, transaction), false);
  });
  const results = `"results":[${items.join(',')}]`;
  if (!problem) return { status: 201, body: `{${results}}`, ...recorded };
  const body = `${JSON.stringify(problemBody(problem, traceId)).slice(0, -1)},${results}}`;
  return { ...problemAnswer(problem, traceId), body, ...recorded };
}
