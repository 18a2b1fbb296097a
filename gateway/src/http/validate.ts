import type { z } from 'zod';
import { type FieldError, ProblemError, validationFailed } from './problem.js';

/** Reads a value by its schema, or throws VALIDATION_FAILED with a field, a rule and a message for each mistake. */
export function validated<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ProblemError(validationFailed(fieldErrors(parsed.error, value)));
}

export function fieldErrors(error: z.ZodError, value: unknown): FieldError[] {
  return error.issues.flatMap((issue) => issueErrors(issue, value));
}

function issueErrors(issue: z.core.$ZodIssue, value: unknown): FieldError[] {
  const field = issue.path.join('.');
  const within = (key: string) => (field === '' ? key : `${field}.${key}`);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: within(key), rule: 'UNKNOWN_FIELD', message: 'is not a field here' }));
  }
  if (valueAt(value, issue.path) === undefined) return [{ field, rule: 'REQUIRED', message: 'is required' }];
  const named = namedRule.exec(issue.message);
  return named
    ? [{ field, rule: named[1] as string, message: named[2] as string }]
    : [{ field, rule: rules[issue.code] ?? 'INVALID', message: issue.message }];
}

/** A schema names its own rule as `RULE: message`. */
const namedRule = /^([A-Z_]+): (.*)$/s;

const rules: Partial<Record<z.core.$ZodIssue['code'], string>> = {
  invalid_type: 'TYPE',
  too_big: 'TOO_LONG',
  too_small: 'TOO_SHORT',
  invalid_format: 'FORMAT',
  invalid_value: 'NOT_ALLOWED',
};

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}
