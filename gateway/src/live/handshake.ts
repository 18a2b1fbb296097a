import type { LiveRefusal } from '@smart-wallet/engine/contract/live.js';
import { z } from 'zod';
import { type TokenRefusal, type Tokens, tokenCharsMax } from '../auth/tokens.js';
import { watchers } from '../http/access.js';
import type { Bearer } from '../http/bearer.js';
import type { BadTokens } from '../rate-limits/bad-tokens.js';
import type { Client } from '../rate-limits/client-address.js';

const handshakeSchema = z.object({
  token: z.string().min(1).max(tokenCharsMax),
  since: z.int().min(0).optional(),
});

export interface Admitted {
  bearer: Bearer;
  since: number | null;
}

/** Arrives at the client as `connect_error`, with the refusal as its `data`. */
export class RefusedError extends Error {
  readonly data: LiveRefusal;

  constructor(code: LiveRefusal['code'], detail: string) {
    super(detail);
    this.data = { code, detail };
  }
}

const tokenRefusals: Readonly<Record<TokenRefusal, [LiveRefusal['code'], string]>> = {
  INVALID: ['UNAUTHENTICATED', 'The token is not valid.'],
  ENDED: ['TOKEN_ENDED', 'The time of the token is over.'],
  REVOKED: ['TOKEN_ENDED', 'The token was withdrawn.'],
  SCOPED_PERSON: ['UNAUTHENTICATED', 'The token names a scope and a person: a scope binds services alone.'],
  NO_REVOCATIONS: ['NOT_READY', 'The database does not say whether the token was withdrawn.'],
  UNKNOWN_ROLE: ['FORBIDDEN', 'This token may not read the live stream.'],
  NO_KEYS: ['NOT_READY', 'The identity provider does not answer, so that no token of it can be read.'],
};

interface Shaking {
  readonly auth: unknown;
  /** Whose tokens that are no good are counted. */
  readonly client: Client;
}

/** Reads what a client sent with its connection. Throws RefusedError. */
export async function readHandshake(
  tokens: Tokens,
  badTokens: BadTokens,
  { auth, client }: Shaking,
): Promise<Admitted> {
  if (auth === null || typeof auth !== 'object' || (auth as { token?: unknown }).token === undefined) {
    throw new RefusedError('UNAUTHENTICATED', 'Send a token in the handshake: auth: {token}.');
  }
  const parsed = handshakeSchema.safeParse(auth);
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new RefusedError('BAD_HANDSHAKE', `The handshake is not valid: ${fields}.`);
  }
  const { token, since = null } = parsed.data;
  const bearer = tokens.known(token) ?? (await readAnew(tokens, token, { badTokens, client }));
  if (typeof bearer === 'string') throw new RefusedError(...tokenRefusals[bearer]);
  if (!bearer.roles.some((role) => watchers.includes(role))) throw new RefusedError(...tokenRefusals.UNKNOWN_ROLE);
  return { bearer, since };
}

/** A signature for whoever asks: at HTTP and here it is the same count. */
async function readAnew(
  tokens: Tokens,
  token: string,
  { badTokens, client }: { badTokens: BadTokens; client: Client },
): Promise<Bearer | TokenRefusal> {
  if (badTokens.enter(client)) {
    throw new RefusedError('NOT_READY', 'Too many tokens from this address were no good: no new one is read for now.');
  }
  const bearer = await tokens.bearer(token);
  if (typeof bearer !== 'string' || bearer === 'NO_KEYS' || bearer === 'NO_REVOCATIONS') badTokens.good(client);
  return bearer;
}
