import type { ProblemCode } from './problem-catalogue.js';

export const problemsPath = '/api/problems';

/** A page of this gateway that says what a code means: the `type` of its problems. */
export function problemPath(code: ProblemCode): string {
  return `${problemsPath}/${code.toLowerCase().replaceAll('_', '-')}`;
}
