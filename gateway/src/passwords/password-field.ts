import { z } from 'zod';

/** In characters as people count them (code points). */
const passwordCharsMin = 12;
const passwordCharsMax = 128;

/** A password that is shown to prove something: whatever it is, it is looked at, unless it is too long for any. */
export const shownPasswordField = z
  .string()
  .refine((text) => [...text].length <= passwordCharsMax, `TOO_LONG: must have at most ${passwordCharsMax} characters`)
  .meta({ maxLength: passwordCharsMax, format: 'password', example: 'correct horse battery' });

/** A password that is to be one. */
export const newPasswordField = shownPasswordField
  .refine(
    (text) => [...text].length >= passwordCharsMin,
    `TOO_SHORT: must have at least ${passwordCharsMin} characters`,
  )
  .meta({
    minLength: passwordCharsMin,
    maxLength: passwordCharsMax,
    format: 'password',
    example: 'correct horse battery',
  });
