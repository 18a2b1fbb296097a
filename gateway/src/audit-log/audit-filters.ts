import { z } from 'zod';
import { inOrder, instantField, instantForms } from '../http/instant-field.js';
import { pageFields } from '../http/page.js';
import { isGoodText } from '../http/text-check.js';

/** Longer than any subject of a token, and than any id. */
export const auditTextCharsMax = 500;

const exactly = z
  .string()
  .min(1)
  .max(auditTextCharsMax)
  .refine(isGoodText, 'TEXT_INVALID: must not contain U+0000 or a lone surrogate');

export const auditFilters = inOrder(
  z.strictObject({
    ...pageFields,
    actor: exactly.optional().meta({
      description: 'Who did it: `dev`, `token:<caller>`, `user:<userId>` or `<issuer>|<sub>`, exactly.',
      example: 'token:shop',
    }),
    action: exactly.optional().meta({ description: 'What was done, exactly.', example: 'WALLET_STATUS_CHANGED' }),
    subject: exactly
      .transform((text) => (uuidPattern.test(text) ? text.toLowerCase() : text))
      .optional()
      .meta({ description: 'The id of what it was done to, exactly.' }),
    from: instantField.optional().meta({ description: `\`at\` at or after it: ${instantForms}.` }),
    to: instantField.optional().meta({ description: `\`at\` before it: ${instantForms}.` }),
  }),
);
export type AuditFilters = z.infer<typeof auditFilters>;

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Of a row: a whole number that the database counts up. */
export const auditIdField = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, 'FORMAT: must be a whole number')
  .meta({ example: '1207' });
