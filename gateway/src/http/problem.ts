import type { z } from 'zod';
import { type ProblemCode, problemKind } from './problem-catalogue.js';
import type { problemSchema } from './problem-schema.js';

export interface FieldError {
  /** Where: a path in the body (`payments.3.amount`), a query parameter, or a header. */
  field: string;
  rule: string;
  message: string;
}

export interface Problem {
  code: ProblemCode;
  detail: string;
  errors?: FieldError[];
  transactionId?: string;
}

/** What an error answer holds. */
export type ProblemBody = z.infer<typeof problemSchema>;

export function problemBody(problem: Problem, traceId: string): ProblemBody {
  const { status, title } = problemKind(problem.code);
  const body: ProblemBody = {
    type: `urn:smart-wallet:problem:${problem.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    code: problem.code,
    detail: problem.detail,
    traceId,
  };
  if (problem.errors) body.errors = problem.errors;
  if (problem.transactionId !== undefined) body.transactionId = problem.transactionId;
  return body;
}

/** Ends a request with a problem. For what is refused before the engine is asked. */
export class ProblemError extends Error {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(problem: Problem, headers: Readonly<Record<string, string>> = {}) {
    super(problem.detail);
    this.problem = problem;
    this.headers = headers;
  }
}

export function validationFailed(errors: FieldError[]): Problem {
  return {
    code: 'VALIDATION_FAILED',
    detail: errors
      .map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
      .join('; ')
      .slice(0, 1_000),
    errors,
  };
}
