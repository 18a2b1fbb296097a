import { createHmac } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { Bearer } from '../http/bearer.js';
import type { TokenRefusal } from './tokens.js';

export const displayTtlSecondsDefault = 30 * 86_400;
export const displayTtlSecondsMax = 90 * 86_400;

/** Of what is minted here, in the token's `iss`. */
export const mintedIssuer = 'smart-wallet';
const algorithm = 'HS256';
const audience = 'smart-wallet';
const typ = 'JWT';

export interface MintedToken {
  token: string;
  role: 'display';
  endsAtMs: number;
}

/** Mints tokens, and reads what was minted. Every gateway with the same secret reads the tokens of the others. */
export class MintedTokens {
  readonly #secret: Uint8Array;

  /** Without a secret of its own, one is derived from the development token. */
  constructor(developmentToken: string, secret: string | null) {
    this.#secret =
      secret === null
        ? createHmac('sha256', developmentToken).update('display tokens').digest()
        : new TextEncoder().encode(secret);
  }

  async mintDisplay(ttlSeconds: number, nowMs = Date.now()): Promise<MintedToken> {
    const endsAt = Math.floor(nowMs / 1_000) + ttlSeconds;
    const token = await new SignJWT({ role: 'display' })
      .setProtectedHeader({ alg: algorithm, typ })
      .setIssuer(mintedIssuer)
      .setAudience(audience)
      .setIssuedAt(Math.floor(nowMs / 1_000))
      .setExpirationTime(endsAt)
      .sign(this.#secret);
    return { token, role: 'display', endsAtMs: endsAt * 1_000 };
  }

  async read(token: string): Promise<Bearer | TokenRefusal> {
    try {
      const { payload } = await jwtVerify(token, this.#secret, {
        ...{ algorithms: [algorithm], issuer: mintedIssuer, audience, typ, requiredClaims: ['exp', 'role'] },
      });
      if (payload.role !== 'display') return 'UNKNOWN_ROLE';
      return { subject: 'display', roles: ['display'], scope: null, endsAtMs: (payload.exp as number) * 1_000 };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return 'ENDED';
      if (error instanceof errors.JOSEError) return 'INVALID';
      throw error;
    }
  }
}
