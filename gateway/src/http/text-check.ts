import type { FieldError } from './problem.js';

/**
 * Postgres can hold neither U+0000 nor lone surrogates. Looks at every string and key of a parsed value. Call it only
 * for a body with a `\u` escape: valid UTF-8 without one cannot contain either.
 */
export function badTexts(value: unknown, path = ''): FieldError[] {
  if (typeof value === 'string') return isGoodText(value) ? [] : [badText(path)];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const field = path === '' ? key : `${path}.${key}`;
    return isGoodText(key) ? badTexts(inner, field) : [badText(path === '' ? '(a key)' : path)];
  });
}

export function isGoodText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function badText(field: string): FieldError {
  return { field, rule: 'TEXT_INVALID', message: 'must not contain U+0000 or a lone surrogate' };
}
