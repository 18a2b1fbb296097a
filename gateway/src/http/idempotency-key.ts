import { idempotencyKeyCharsMax } from '@smart-wallet/engine/contract/limits.js';
import { type FieldError, ProblemError, validationFailed } from './problem.js';

const visibleAscii = /^[\x21-\x7e]+$/;

/** As a schema says it. */
export const idempotencyKeyForm = { minLength: 1, maxLength: idempotencyKeyCharsMax, pattern: '^[!-~]+$' };

/** Of a call that does nothing without one, as its description says it. */
export const requiredKey = {
  required: true,
  description:
    'A new one for each payment. The same key and body again give the first answer again. A structured string: `"k"` in quotes is the key `k`.',
};

/** Of a call that may do without one, as its description says it. */
export const optionalKey = {
  required: false,
  description: 'Sent again with the same key and body, nothing is done twice.',
};

/** Of a call for which it counts where somebody has to approve it. */
export const approvedKey = {
  required: false,
  description:
    'Counts where another person has to approve it: sent again with the same key and body, it tells what became of that. Without one, the answer 202 has one in its header `Idempotency-Key`. The password is not compared.',
};

/** The key in the header, null without one, or throws VALIDATION_FAILED. */
export function optionalIdempotencyKey(header: string | string[] | undefined): string | null {
  return header === undefined ? null : headerIdempotencyKey(header);
}

/** The key in the header, or throws IDEMPOTENCY_KEY_MISSING or VALIDATION_FAILED. */
export function headerIdempotencyKey(header: string | string[] | undefined): string {
  if (header === undefined) {
    throw new ProblemError({
      code: 'IDEMPOTENCY_KEY_MISSING',
      detail: 'Send an Idempotency-Key header, a new one for each payment, the same one to ask again.',
    });
  }
  const key = typeof header === 'string' ? keyIn(header) : undefined;
  const error = key === undefined ? notQuotedWell : idempotencyKeyError(key, 'Idempotency-Key');
  if (error) throw new ProblemError(validationFailed([error]));
  return key as string;
}

const quotedString = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;
const notQuotedWell: FieldError = {
  field: 'Idempotency-Key',
  rule: 'FORMAT',
  message: 'begins with a quote, so it must be one quoted string, in which only \\" and \\\\ are escapes',
};

/** The header is a structured string (RFC 8941): `"k"` is the key k. Most send it bare, which is taken too. undefined: malformed. */
export function keyIn(header: string): string | undefined {
  if (!header.startsWith('"')) return header;
  return quotedString.exec(header)?.[1]?.replace(/\\(.)/g, '$1');
}

export function idempotencyKeyError(key: unknown, field: string): FieldError | undefined {
  if (key === undefined) return { field, rule: 'REQUIRED', message: 'is required' };
  if (typeof key !== 'string') return { field, rule: 'TYPE', message: 'must be a string' };
  if (key.length === 0) return { field, rule: 'TOO_SHORT', message: 'must not be empty' };
  if (key.length > idempotencyKeyCharsMax) {
    return { field, rule: 'TOO_LONG', message: `must have at most ${idempotencyKeyCharsMax} characters` };
  }
  return visibleAscii.test(key)
    ? undefined
    : { field, rule: 'CHARACTERS', message: 'must be visible ASCII characters' };
}
