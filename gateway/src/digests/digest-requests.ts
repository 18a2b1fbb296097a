import { addressCharsMax, isMailAddress } from '@smart-wallet/engine/contract/mail-address.js';
import { z } from 'zod';
import { dayField } from '../http/day-field.js';
import { pageFields } from '../http/page.js';
import { isGoodText } from '../http/text-check.js';

const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d$/;

const recipientsMax = 1_000;
const nameCharsMax = 100;
const zoneCharsMax = 64;

const emailField = z
  .string()
  .max(addressCharsMax)
  .refine(isMailAddress, 'ADDRESS: must be the e-mail address of one mailbox')
  .meta({ format: 'email', example: 'ann@example.com' });

const recipient = z.strictObject({
  email: emailField,
  name: z
    .string()
    .max(nameCharsMax)
    .refine(isGoodText, 'TEXT_INVALID: must not contain U+0000 or a lone surrogate')
    .nullish(),
  timeZone: z
    .string()
    .max(zoneCharsMax)
    .refine(isZone, 'TIME_ZONE: must be a time zone such as Europe/Berlin')
    .meta({ example: 'Europe/Berlin' }),
  frequency: z.enum(['DAILY', 'WEEKLY']).meta({ description: 'WEEKLY: on Mondays, of the seven days before.' }),
  at: z
    .string()
    .refine((text) => timeOfDay.test(text), 'FORMAT: must be a time of the day such as 07:00')
    .meta({ pattern: timeOfDay.source, description: 'By their own clock.', example: '07:00' }),
});

export const recipientsSchema = z.strictObject({
  items: z
    .array(recipient)
    .max(recipientsMax)
    .refine(
      (all) => new Set(all.map(({ email }) => email)).size === all.length,
      'DUPLICATE: must name each address once',
    )
    .meta({ uniqueItems: true, description: 'All of them: whoever is not here gets no digest any more.' }),
});

export const sendDigestSchema = z.strictObject({
  email: emailField,
  date: dayField
    .optional()
    .meta({ description: 'Yesterday without it, by the reader\u2019s clock. Today is not over.' }),
});

export const digestFilters = z.strictObject({ ...pageFields });

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '' && /^[A-Z]/.test(zone);
  } catch {
    return false;
  }
}
