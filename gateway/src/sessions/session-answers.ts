import { z } from 'zod';
import type { AccessToken } from '../auth/session-tokens.js';
import { type UserRole, userRoles } from '../auth/user-role.js';
import { idAnswer, named, timeAnswer } from '../http/answer-schema.js';
import { isoTime } from '../iso-time.js';

export const sessionAnswer = named(
  'Session',
  z.object({
    accessToken: z.string().meta({
      description: 'For the `Authorization` header or the handshake of the live stream, until `expiresAt`.',
    }),
    expiresAt: timeAnswer,
    user: named(
      'SignedInUser',
      z.object({ userId: idAnswer, email: z.string(), name: z.string(), role: z.enum(userRoles) }),
    ),
  }),
);

interface SignedIn {
  user_id: string;
  email: string;
  name: string;
  role: UserRole;
}

export function sessionJson({ accessToken, endsAtMs }: AccessToken, { user_id, email, name, role }: SignedIn): string {
  return JSON.stringify({ accessToken, expiresAt: isoTime(endsAtMs), user: { userId: user_id, email, name, role } });
}
