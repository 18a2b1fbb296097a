import type { TransferCommand } from '@smart-wallet/engine/contract/commands.js';
import type { EngineResult } from '../engine-client/call.js';
import { type Answer, problemAnswer } from '../http/answer.js';
import { type Problem, problemBody } from '../http/problem.js';
import { problemKind } from '../http/problem-catalogue.js';
import { recordedTransactionJson } from '../transactions/transaction-json.js';
import { resultProblem } from './result-problem.js';

export function transferAnswer(command: TransferCommand, result: EngineResult, traceId: string): Answer {
  const problem = resultProblem(result);
  if (problem) {
    const answer = problemAnswer(problem, traceId);
    if (problem.transactionId !== undefined) answer.transactionIds = [problem.transactionId];
    if (result.outcome === 'RECORDED') answer.replayed = result.replayed;
    return answer;
  }
  if (result.outcome !== 'RECORDED') throw new Error(`a transfer was answered with ${result.outcome}`);
  return {
    status: 201,
    body: recordedTransactionJson(command, result.transaction),
    replayed: result.replayed,
    transactionIds: [result.transaction.transactionId],
    headers: {
      location: `${command.kind === 'PAYMENT' ? '/api/payments' : '/api/transactions'}/${result.transaction.transactionId}`,
    },
  };
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
