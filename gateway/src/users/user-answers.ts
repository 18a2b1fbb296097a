import { z } from 'zod';
import { userRoles } from '../auth/user-role.js';
import { countAnswer, idAnswer, named, pageAnswer, timeAnswer } from '../http/answer-schema.js';
import { isoTime } from '../iso-time.js';
import type { UserRow } from './ops-users.js';

export const userAnswer = named(
  'User',
  z.object({
    userId: idAnswer,
    email: z.string(),
    name: z.string(),
    role: z.enum(userRoles),
    disabled: z.boolean(),
    disabledAt: timeAnswer.nullable(),
    hasPassword: z.boolean().meta({
      description: 'false: comes with a token of the identity provider, which says the role.',
    }),
    version: countAnswer.meta({ description: 'Rises with each change.' }),
    createdAt: timeAnswer,
    updatedAt: timeAnswer,
  }),
);
export const userListAnswer = named('UserList', pageAnswer(userAnswer));

export function userJson(row: UserRow): string {
  const time = (at: Date) => isoTime(at.getTime());
  return JSON.stringify({
    ...{ userId: row.user_id, email: row.email, name: row.name, role: row.role },
    ...{ disabled: row.disabled_at !== null, disabledAt: row.disabled_at && time(row.disabled_at) },
    ...{ hasPassword: row.has_password, version: row.version },
    ...{ createdAt: time(row.created_at), updatedAt: time(row.updated_at) },
  });
}
