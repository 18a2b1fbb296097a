import type { Problem as DescribedProblem, ProblemCode } from './generated/types.gen.js';

/** What an answer says that is not what was asked for: `application/problem+json`. */
export type Problem = DescribedProblem & {
  /** Of an atomic batch that was refused: every payment's own. */
  results?: Array<{ status: number; problem: DescribedProblem }>;
};

/** One of the codes that this version knows, or one that the platform has learned since. */
export type { ProblemCode };

export function isProblem(body: unknown): body is Problem {
  if (!isObject(body)) return false;
  return typeof body.code === 'string' && typeof body.status === 'number' && typeof body.title === 'string';
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
