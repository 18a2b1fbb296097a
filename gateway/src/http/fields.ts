import { currencyExponent } from '@smart-wallet/engine/contract/currency.js';
import { canonicalJson } from '@smart-wallet/engine/contract/digest.js';
import { descriptionCharsMax, metadataBytesMax, referenceCharsMax } from '@smart-wallet/engine/contract/limits.js';
import type { AmountProblem } from '@smart-wallet/engine/contract/money.js';
import { isScope, scopeCharsMax } from '@smart-wallet/engine/contract/wallet.js';
import { z } from 'zod';
import { type FieldError, ProblemError, validationFailed } from './problem.js';

/* Fields that several requests share. A message that starts with `RULE: ` names the rule that is broken. */

const uuidPattern = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

/** Any UUID, in lower case from here on. */
export const uuidField = z
  .string()
  .regex(uuidPattern, 'UUID: must be a UUID')
  .toLowerCase()
  .meta({ description: 'A UUID. Capitals are accepted, and answered as small letters.' });

export const scopeField = z
  .string()
  .refine(isScope, `SCOPE: must be 1 to ${scopeCharsMax} visible ASCII characters`)
  .meta({ pattern: `^[!-~]{1,${scopeCharsMax}}$`, example: 'shop' });

export const currencyField = z
  .string()
  .refine(
    (code) => currencyExponent(code) !== undefined,
    'CURRENCY_UNKNOWN: must be an ISO 4217 currency code in capitals',
  )
  .meta({ pattern: '^[A-Z]{3}$', description: 'An ISO 4217 code in capitals.', example: 'EUR' });

/** Only its type: its digits are read with the currency (`parseAmount`). */
export const amountField = z
  .string('AMOUNT_FORMAT: must be a string such as "12.50", not a JSON number or anything else')
  .meta({
    pattern: '^(0|[1-9]\\d{0,13})(\\.\\d{1,4})?$',
    description:
      'A decimal string, never a JSON number: above zero, below 10^14, with at most the decimals of the currency.',
    example: '12.50',
  });

export function amountMessage(rule: AmountProblem, currency: string): string {
  switch (rule) {
    case 'AMOUNT_FORMAT':
      return 'must be a plain decimal string such as "12.50"';
    case 'AMOUNT_DECIMALS':
      return `has more decimals than the currency: ${currency} has ${currencyExponent(currency) || 'none'}`;
    case 'AMOUNT_NOT_POSITIVE':
      return 'must be above zero';
    case 'AMOUNT_TOO_LARGE':
      return 'must be below 100000000000000';
  }
}

export const referenceField = z
  .string()
  .max(referenceCharsMax)
  .nullish()
  .meta({ description: 'The caller\u2019s own, such as an invoice number.', example: 'invoice 7' });
export const descriptionField = z.string().max(descriptionCharsMax).nullish();
export const metadataField = z
  .custom<Record<string, unknown>>(
    (value) => value !== null && typeof value === 'object' && !Array.isArray(value),
    'TYPE: must be an object',
  )
  .meta({ type: 'object', additionalProperties: true })
  .nullish()
  .meta({
    description: `Any JSON object, at most ${metadataBytesMax} bytes, kept and answered with sorted keys.`,
  });

/** A path parameter. Throws VALIDATION_FAILED. */
export function uuidParameter(value: string, field: string): string {
  if (uuidPattern.test(value)) return value.toLowerCase();
  throw new ProblemError(validationFailed([{ field, rule: 'UUID', message: 'must be a UUID' }]));
}

/** Canonical JSON of metadata, null when there is none, or the rule that is broken. */
export function readMetadata(metadata: Record<string, unknown> | null | undefined): string | null | FieldError {
  if (metadata === null || metadata === undefined) return null;
  if (hasInexactNumber(metadata)) {
    return {
      field: 'metadata',
      rule: 'METADATA_NUMBER',
      message: 'holds a number that cannot be kept exactly: send a string',
    };
  }
  const text = canonicalJson(metadata);
  return Buffer.byteLength(text) <= metadataBytesMax
    ? text
    : { field: 'metadata', rule: 'METADATA_TOO_LARGE', message: `must be at most ${metadataBytesMax} bytes of JSON` };
}

function hasInexactNumber(value: unknown): boolean {
  if (typeof value === 'number')
    return !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value));
  return value !== null && typeof value === 'object' && Object.values(value).some(hasInexactNumber);
}
