import { z } from 'zod';
import { newPasswordField, shownPasswordField } from '../passwords/password-field.js';
import { emailCharsMax } from '../users/user-requests.js';

/** Whatever is no e-mail of a user is answered like a wrong password. */
export const signInSchema = z.strictObject({
  email: z.string().max(emailCharsMax).toLowerCase().meta({ format: 'email', example: 'ann@example.com' }),
  password: shownPasswordField,
});

export const passwordChangeSchema = z.strictObject({ current: shownPasswordField, new: newPasswordField });
