import { z } from 'zod';
import { named, timeAnswer } from '../http/answer-schema.js';
import { isoTime } from '../iso-time.js';
import { mintableRoles, type TokenRow } from './api-tokens.js';
import type { MintedToken } from './minted-tokens.js';

const tokenFields = {
  tokenId: z.string().meta({ format: 'uuid' }),
  role: z.enum(mintableRoles),
  scope: z.string().nullable().meta({ description: 'Of a service that is bound to the wallets of this scope.' }),
  expiresAt: timeAnswer,
};

export const tokenAnswer = named(
  'Token',
  z.object({
    token: z.string().meta({
      description: 'For the `Authorization` header or the handshake of the live stream. It is kept nowhere.',
    }),
    ...tokenFields,
  }),
);

export const tokenListAnswer = named(
  'TokenList',
  z.object({
    items: z.array(
      named(
        'MintedToken',
        z.object({
          ...tokenFields,
          caller: z.string(),
          mintedBy: z.string(),
          createdAt: timeAnswer,
          revokedAt: timeAnswer.nullable(),
        }),
      ),
    ),
    nextCursor: z.string().nullable(),
  }),
);

export function tokenJson({ token, tokenId, role, scope, endsAtMs }: MintedToken) {
  return { token, tokenId, role, scope, expiresAt: isoTime(endsAtMs) };
}

export function tokenRowJson(row: TokenRow): string {
  const time = (at: Date) => isoTime(at.getTime());
  return JSON.stringify({
    ...{ tokenId: row.token_id, role: row.role, scope: row.scope, caller: row.caller, mintedBy: row.minted_by },
    ...{ createdAt: time(row.created_at), expiresAt: time(row.expires_at) },
    revokedAt: row.revoked_at && time(row.revoked_at),
  });
}
