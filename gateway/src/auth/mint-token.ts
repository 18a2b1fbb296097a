import { z } from 'zod';
import { type Answer, jsonAnswer } from '../http/answer.js';
import { validated } from '../http/validate.js';
import { isoTime } from '../iso-time.js';
import { displayTtlSecondsDefault, displayTtlSecondsMax } from './minted-tokens.js';
import type { Tokens } from './tokens.js';

const ttlMessage = `RANGE: must be a whole number from 1 to ${displayTtlSecondsMax}`;

export const tokenSchema = z.strictObject({
  role: z.literal('display'),
  ttlSeconds: z
    .int(ttlMessage)
    .min(1, ttlMessage)
    .max(displayTtlSecondsMax, ttlMessage)
    .default(displayTtlSecondsDefault)
    .meta({ description: 'How long the token is good for.' }),
});

export async function mintToken(tokens: Tokens, body: unknown): Promise<Answer> {
  const { ttlSeconds } = validated(tokenSchema, body);
  const { token, role, endsAtMs } = await tokens.mintDisplay(ttlSeconds);
  return {
    ...jsonAnswer(201, { token, role, expiresAt: isoTime(endsAtMs) }),
    headers: { 'cache-control': 'no-store' },
  };
}
