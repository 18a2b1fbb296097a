import { z } from 'zod';
import { userRoles } from '../auth/user-role.js';
import { pageFields } from '../http/page.js';
import { newPasswordField } from '../passwords/password-field.js';

export const emailCharsMax = 254;
export const nameCharsMax = 100;
const reasonCharsMax = 500;

/** In small letters from here on: an address is one person's however it is written. */
export const emailField = z
  .string()
  .max(emailCharsMax)
  .regex(/^[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/, 'FORMAT: must be an e-mail address')
  .toLowerCase()
  .meta({ format: 'email', example: 'ann@example.com' });

const roleField = z.enum(userRoles);

export const newUserSchema = z.strictObject({
  email: emailField,
  name: z
    .string()
    .max(nameCharsMax)
    .regex(/^[^\p{C}]*[^\p{C}\s][^\p{C}]*$/u, 'FORMAT: must be a name that can be shown')
    .meta({ example: 'Ann Example' }),
  role: roleField,
  password: newPasswordField,
});

export const userChangeSchema = z
  .strictObject({
    role: roleField.optional(),
    disabled: z.boolean().optional(),
    password: newPasswordField.optional(),
    reason: z.string().min(1).max(reasonCharsMax).optional().meta({ description: 'Why; for the audit log.' }),
  })
  .refine(({ reason: _reason, ...change }) => Object.values(change).some((value) => value !== undefined), {
    message: 'EMPTY: must have at least one of role, disabled and password',
  })
  .meta({ minProperties: 1 });

export const userFilters = z.strictObject({
  ...pageFields,
  role: roleField.optional(),
  disabled: z.enum(['true', 'false']).optional().meta({ description: 'Only those who are, or only the others.' }),
});
export type UserFilters = z.infer<typeof userFilters>;
