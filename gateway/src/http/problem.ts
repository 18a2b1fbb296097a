import type { z } from 'zod';
import { type ProblemCode, problemKind } from './problem-catalogue.js';
import { problemPath } from './problem-path.js';
import type { problemSchema } from './problem-schema.js';

export interface FieldError {
  /** Where: a path in the body (`payments.3.amount`), a query parameter, or a header. */
  field: string;
  rule: string;
  message: string;
}

export interface Problem {
  code: ProblemCode;
  /** Instead of the code's own. */
  status?: number;
  detail: string;
  errors?: FieldError[];
  transactionId?: string;
  /** Of what is under way already. */
  runId?: string;
}

/** What an error answer holds. */
export type ProblemBody = z.infer<typeof problemSchema>;

export function problemBody(problem: Problem, traceId: string): ProblemBody {
  const { status, title } = { ...problemKind(problem.code), ...(problem.status && { status: problem.status }) };
  const body: ProblemBody = {
    type: problemPath(problem.code),
    title,
    status,
    code: problem.code,
    detail: problem.detail,
    traceId,
  };
  if (problem.errors) body.errors = problem.errors;
  if (problem.transactionId !== undefined) body.transactionId = problem.transactionId;
  if (problem.runId !== undefined) body.runId = problem.runId;
  return body;
}

/**
 * Ends a request with a problem. For what is refused before the engine is asked. It is an answer and no fault: nobody reads where it was
 * thrown, and to note that takes 8 µs, which a flood of refusals would take from payments.
 */
export class ProblemError extends Error {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(problem: Problem, headers: Readonly<Record<string, string>> = {}) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(problem.detail);
    Error.stackTraceLimit = stackTraceLimit;
    this.problem = problem;
    this.headers = headers;
  }
}

/** Of one request, so that an answer is not many times as long as what it refuses; the rest is counted. */
export const fieldErrorsMax = 20;
/** Of one payment of a batch. */
export const itemErrorsMax = 5;
/** Of a path that a caller made up. */
const fieldCharsMax = 200;
const detailCharsMax = 1_000;

export function validationFailed(all: readonly FieldError[], max = fieldErrorsMax): Problem {
  const errors = all.slice(0, max).map((error) => ({ ...error, field: shortened(error.field) }));
  const said = errors.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; ');
  const more = all.length > errors.length ? `; and ${all.length - errors.length} more` : '';
  return { code: 'VALIDATION_FAILED', detail: said.slice(0, detailCharsMax) + more, errors };
}

function shortened(field: string): string {
  return field.length <= fieldCharsMax ? field : `${field.slice(0, fieldCharsMax)}\u2026`.toWellFormed();
}
