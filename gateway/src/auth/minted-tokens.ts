import { errors, jwtVerify, SignJWT } from 'jose';
import { v7 as uuidv7 } from 'uuid';
import type { Bearer } from '../http/bearer.js';
import { type MintableRole, mintableRoles, type NewToken } from './api-tokens.js';
import { isSubject } from './claims.js';
import { mintedIssuer } from './minted-issuer.js';
import type { TokenRefusal } from './tokens.js';

const algorithm = 'HS256';
const audience = 'smart-wallet';
const typ = 'JWT';

export interface MintedToken extends NewToken {
  readonly token: string;
}

export interface TokenRequest {
  readonly role: MintableRole;
  readonly caller: string;
  readonly ttlSeconds: number;
}

/** Mints tokens, and reads what was minted. Every gateway with the same secret reads the tokens of the others. */
export class MintedTokens {
  constructor(private readonly secret: Uint8Array) {}

  async mint({ role, caller, ttlSeconds }: TokenRequest, nowMs = Date.now()): Promise<MintedToken> {
    const tokenId = uuidv7();
    const endsAt = Math.floor(nowMs / 1_000) + ttlSeconds;
    const token = await new SignJWT({ role })
      .setProtectedHeader({ alg: algorithm, typ })
      .setIssuer(mintedIssuer)
      .setAudience(audience)
      .setSubject(caller)
      .setJti(tokenId)
      .setIssuedAt(Math.floor(nowMs / 1_000))
      .setExpirationTime(endsAt)
      .sign(this.secret);
    return { token, tokenId, role, caller, endsAtMs: endsAt * 1_000 };
  }

  async read(token: string): Promise<Bearer | TokenRefusal> {
    try {
      const { payload } = await jwtVerify(token, this.secret, {
        ...{ algorithms: [algorithm], issuer: mintedIssuer, audience, typ, requiredClaims: ['exp', 'role'] },
      });
      const { role, sub, jti } = payload;
      if (!isMintable(role)) return 'UNKNOWN_ROLE';
      const endsAtMs = (payload.exp as number) * 1_000;
      // Those of 0.1.0 have neither a name nor an id.
      if (role === 'display') return { subject: 'display', roles: [role], scope: null, endsAtMs, ...idOf(jti) };
      if (!isSubject(sub) || jti === undefined) return 'INVALID';
      return { subject: `token:${sub}`, roles: [role], scope: null, endsAtMs, tokenId: jti };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return 'ENDED';
      if (error instanceof errors.JOSEError) return 'INVALID';
      throw error;
    }
  }
}

function idOf(jti: string | undefined): { tokenId?: string } {
  return jti === undefined ? {} : { tokenId: jti };
}

function isMintable(role: unknown): role is MintableRole {
  return (mintableRoles as readonly unknown[]).includes(role);
}
