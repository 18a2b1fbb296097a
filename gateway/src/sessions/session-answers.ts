import { z } from 'zod';
import type { AccessToken } from '../auth/session-tokens.js';
import { type UserRole, userRoles } from '../auth/user-role.js';
import { idAnswer, named, timeAnswer } from '../http/answer-schema.js';
import { isoTime } from '../iso-time.js';
import type { OpenSessionRow } from './session-store.js';

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

export const sessionListAnswer = named(
  'SessionList',
  z.object({
    items: z.array(
      named(
        'OpenSession',
        z.object({
          sessionId: idAnswer,
          startedAt: timeAnswer,
          refreshedAt: timeAnswer,
          endsAt: timeAnswer.meta({ description: 'Unless it is gone on with.' }),
          isThis: z.boolean().meta({ description: 'Of the access token that asks.' }),
        }),
      ),
    ),
    nextCursor: z.null(),
  }),
);

export function openSessionFacts(row: OpenSessionRow, ownId: string) {
  return {
    ...{ sessionId: row.session_id, isThis: row.session_id === ownId, startedAt: row.created_at.toISOString() },
    ...{ refreshedAt: row.rotated_at.toISOString(), endsAt: row.ends_at.toISOString() },
  };
}

interface SignedIn {
  user_id: string;
  email: string;
  name: string;
  role: UserRole;
}

export function sessionJson({ accessToken, endsAtMs }: AccessToken, { user_id, email, name, role }: SignedIn): string {
  return JSON.stringify({ accessToken, expiresAt: isoTime(endsAtMs), user: { userId: user_id, email, name, role } });
}
