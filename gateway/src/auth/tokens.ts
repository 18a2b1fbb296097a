import { createHmac, timingSafeEqual } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { Bearer } from '../http/bearer.js';

export const displayTtlSecondsDefault = 30 * 86_400;
export const displayTtlSecondsMax = 90 * 86_400;

export interface MintedToken {
  token: string;
  role: 'display';
  endsAtMs: number;
}

export type TokenRefusal = 'INVALID' | 'ENDED' | 'UNKNOWN_ROLE';

/** Who the one development token stands for, until callers have tokens of their own. */
export const developmentBearer: Bearer = Object.freeze({
  subject: 'dev',
  roles: ['admin', 'service'],
  scope: null,
  endsAtMs: Infinity,
} as const);

const algorithm = 'HS256';
const issuer = 'smart-wallet';
const audience = 'smart-wallet';
const jwtPattern = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Mints and reads the tokens that callers present. Every gateway with the same secret reads the tokens of the others. */
export class Tokens {
  readonly #development: Buffer;
  readonly #secret: Uint8Array;

  /** Without a secret of its own, one is derived from the development token. */
  constructor(developmentToken: string, secret: string | null) {
    this.#development = Buffer.from(developmentToken, 'latin1');
    this.#secret =
      secret === null
        ? createHmac('sha256', developmentToken).update('display tokens').digest()
        : new TextEncoder().encode(secret);
  }

  isDevelopment(token: string): boolean {
    return (
      token.length === this.#development.length && timingSafeEqual(Buffer.from(token, 'latin1'), this.#development)
    );
  }

  /** Whether it may be one of the tokens minted here, which take a promise to read. */
  looksMinted(token: string): boolean {
    return jwtPattern.test(token);
  }

  async mintDisplay(ttlSeconds: number, nowMs = Date.now()): Promise<MintedToken> {
    const endsAt = Math.floor(nowMs / 1_000) + ttlSeconds;
    const token = await new SignJWT({ role: 'display' })
      .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(Math.floor(nowMs / 1_000))
      .setExpirationTime(endsAt)
      .sign(this.#secret);
    return { token, role: 'display', endsAtMs: endsAt * 1_000 };
  }

  /** Of any token, or why it is refused. */
  async bearer(token: string): Promise<Bearer | TokenRefusal> {
    if (this.isDevelopment(token)) return developmentBearer;
    if (!this.looksMinted(token)) return 'INVALID';
    try {
      const { payload } = await jwtVerify(token, this.#secret, {
        algorithms: [algorithm],
        issuer,
        audience,
        requiredClaims: ['exp', 'role'],
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
