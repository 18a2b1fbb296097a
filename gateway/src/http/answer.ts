import type { FastifyReply } from 'fastify';
import { type Problem, problemBody } from './problem.js';
import { problemKind } from './problem-catalogue.js';

/** What a request is answered with. The body is text already: a success and its replay are the same bytes. */
export interface Answer {
  status: number;
  body: string;
  replayed?: boolean;
  problem?: Problem;
  /** For the log. */
  transactionIds?: readonly string[];
  headers?: Readonly<Record<string, string>>;
}

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, body: JSON.stringify(value) };
}

export function problemAnswer(problem: Problem, traceId: string): Answer {
  const status = problem.status ?? problemKind(problem.code).status;
  return { status, body: JSON.stringify(problemBody(problem, traceId)), problem };
}

export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  reply.code(answer.status);
  reply.header('content-type', answer.problem ? 'application/problem+json' : 'application/json; charset=utf-8');
  if (answer.replayed) reply.header('idempotency-replayed', 'true');
  if (answer.headers) reply.headers(answer.headers);
  if (answer.problem) {
    const retryAfter = problemKind(answer.problem.code).retryAfterSeconds;
    if (typeof retryAfter === 'number') reply.header('retry-after', retryAfter);
    reply.request.problem = answer.problem;
  }
  if (answer.transactionIds) reply.request.transactionIds = answer.transactionIds;
  return reply.send(answer.body);
}
