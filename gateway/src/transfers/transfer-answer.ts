import type { RecordedTransaction, TransferCommand } from '@smart-wallet/engine/contract/commands.js';
import type { TransferTerms } from '@smart-wallet/engine/contract/transfer-terms.js';
import type { EngineResult } from '../engine-client/call.js';
import { type Answer, problemAnswer } from '../http/answer.js';
import { type Problem, problemBody } from '../http/problem.js';
import { problemKind } from '../http/problem-catalogue.js';
import { recordedTransactionJson } from '../transactions/transaction-json.js';
import { resultProblem } from './result-problem.js';

export function transferAnswer(command: TransferCommand, result: EngineResult, traceId: string): Answer {
  return recordedAnswer(result, traceId, (recorded) => ({
    body: recordedTransactionJson(command, recorded),
    location: `${command.kind === 'PAYMENT' ? '/api/payments' : '/api/transactions'}/${recorded.transactionId}`,
  }));
}

/** Of a command whose transaction says more than the command: what was captured, refunded, given back. */
export function transactionAnswerOf(result: EngineResult, traceId: string): Answer {
  return recordedAnswer(result, traceId, (recorded) => ({
    body: recordedTransactionJson(recorded.terms as TransferTerms, recorded),
    location: `/api/transactions/${recorded.transactionId}`,
  }));
}

/** Of a command that makes one transaction. */
export function recordedAnswer(
  result: EngineResult,
  traceId: string,
  made: (recorded: RecordedTransaction) => { body: string; location: string },
): Answer {
  const problem = resultProblem(result);
  if (problem) {
    const answer = problemAnswer(problem, traceId);
    if (problem.transactionId !== undefined) answer.transactionIds = [problem.transactionId];
    if (result.outcome === 'RECORDED') answer.replayed = result.replayed;
    return answer;
  }
  if (result.outcome !== 'RECORDED')
    throw new Error(`a command of one transaction was answered with ${result.outcome}`);
  const { transaction, replayed } = result;
  const { body, location } = made(transaction);
  return { status: 201, body, replayed, transactionIds: [transaction.transactionId], headers: { location } };
}

/** One element of a batch's `results`. */
export function transferItemJson(command: TransferCommand, result: EngineResult, traceId: string): string {
  const replayed = result.outcome === 'RECORDED' && result.replayed;
  const problem = resultProblem(result);
  if (problem) return problemItemJson(problem, traceId, replayed);
  if (result.outcome !== 'RECORDED') throw new Error(`a transfer was answered with ${result.outcome}`);
  return successItemJson(recordedTransactionJson(command, result.transaction), replayed);
}

export function successItemJson(transaction: string, replayed: boolean): string {
  return `{"status":201,${replayed ? '"replayed":true,' : ''}"transaction":${transaction}}`;
}

export function problemItemJson(problem: Problem, traceId: string, replayed = false): string {
  const body = JSON.stringify(problemBody(problem, traceId));
  return `{"status":${problemKind(problem.code).status},${replayed ? '"replayed":true,' : ''}"problem":${body}}`;
}
