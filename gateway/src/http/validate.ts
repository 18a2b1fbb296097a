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
  return named ? [{ field, rule: named[1] as string, message: named[2] as string }] : [{ field, ...plainWords(issue) }];
}

/** A schema names its own rule as `RULE: message`. */
const namedRule = /^([A-Z_]+): (.*)$/s;

/** What a schema does not say itself, in the words of this API and not of the library. */
function plainWords(issue: z.core.$ZodIssue): { rule: string; message: string } {
  switch (issue.code) {
    case 'invalid_type':
      return { rule: 'TYPE', message: `must be ${typeNames[issue.expected] ?? 'of another type'}` };
    case 'invalid_value':
      return { rule: 'NOT_ALLOWED', message: `must be ${oneOf(issue.values.map(String))}` };
    case 'too_big':
      return { rule: 'TOO_LONG', message: `must have at most ${issue.maximum} ${unit(issue)}` };
    case 'too_small':
      return { rule: 'TOO_SHORT', message: `must have at least ${issue.minimum} ${unit(issue)}` };
    case 'invalid_format':
      return { rule: 'FORMAT', message: 'does not have the right form' };
    default:
      return { rule: 'INVALID', message: 'is not valid' };
  }
}

const typeNames: Partial<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

function oneOf(values: string[]): string {
  return values.length === 1 ? (values[0] as string) : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}

function unit(issue: { origin: string }): string {
  return issue.origin === 'string' ? 'characters' : 'items';
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}
