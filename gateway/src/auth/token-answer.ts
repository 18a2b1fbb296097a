import { z } from 'zod';
import { named, timeAnswer } from '../http/answer-schema.js';

export const tokenAnswer = named(
  'Token',
  z.object({
    token: z.string().meta({ description: 'For the `Authorization` header or the handshake of the live stream.' }),
    role: z.enum(['display']),
    expiresAt: timeAnswer,
  }),
);
