import { isScope } from '@smart-wallet/engine/contract/wallet.js';
import { errors, jwtVerify, SignJWT } from 'jose';
import { v7 as uuidv7 } from 'uuid';
import type { Bearer } from '../http/bearer.js';
import { type MintableRole, mintableRoles, type NewToken } from './api-tokens.js';
import { isSubject } from './claims.js';
import { mintedIssuer } from './minted-issuer.js';
import type { TokenRefusal } from './tokens.js';

const algorithm = 'HS256';
const audience = 'smart-wallet';
/** Of a token with a scope: a gateway that knows no scopes takes none for a token without. */
const scopedAudience = 'smart-wallet.scoped';
const typ = 'JWT';

export interface MintedToken extends NewToken {
  readonly token: string;
}

export interface TokenRequest {
  readonly role: MintableRole;
  /** Of a service: what it is bound to. */
  readonly scope?: string | null;
  readonly caller: string;
  readonly ttlSeconds: number;
  /** Of one that is minted again. */
  readonly tokenId?: string;
}

/** Mints tokens, and reads what was minted. Every gateway with the same secret reads the tokens of the others. */
export class MintedTokens {
  constructor(private readonly secret: Uint8Array) {}

  /** The same request at the same time, with the token's id, is the same token. */
  async mint(
    { role, scope = null, caller, ttlSeconds, tokenId = uuidv7() }: TokenRequest,
    nowMs = Date.now(),
  ): Promise<MintedToken> {
    const endsAt = Math.floor(nowMs / 1_000) + ttlSeconds;
    const token = await new SignJWT(scope === null ? { role } : { role, scope })
      .setProtectedHeader({ alg: algorithm, typ })
      .setIssuer(mintedIssuer)
      .setAudience(scope === null ? audience : scopedAudience)
      .setSubject(caller)
      .setJti(tokenId)
      .setIssuedAt(Math.floor(nowMs / 1_000))
      .setExpirationTime(endsAt)
      .sign(this.secret);
    return { token, tokenId, role, scope, caller, endsAtMs: endsAt * 1_000 };
  }

  async read(token: string): Promise<Bearer | TokenRefusal> {
    try {
      const { payload } = await jwtVerify(token, this.secret, {
        ...{ algorithms: [algorithm], issuer: mintedIssuer, typ, requiredClaims: ['exp', 'role'] },
        audience: [audience, scopedAudience],
      });
      const { role, sub, jti } = payload;
      if (!isMintable(role)) return 'UNKNOWN_ROLE';
      const scope = payload.scope ?? null;
      // What is bound says so twice, and is a service.
      if ((payload.aud === scopedAudience) !== isScope(scope) || (scope !== null && role !== 'service'))
        return 'INVALID';
      const endsAtMs = (payload.exp as number) * 1_000;
      // Those of 0.1.0 have neither a name nor an id.
      if (role === 'display') return { subject: 'display', roles: [role], scope: null, endsAtMs, ...idOf(jti) };
      if (!isSubject(sub) || jti === undefined) return 'INVALID';
      return { subject: `token:${sub}`, roles: [role], scope: isScope(scope) ? scope : null, endsAtMs, tokenId: jti };
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
