import { errors, jwtVerify, SignJWT } from 'jose';
import type { Bearer } from '../http/bearer.js';
import { mintedIssuer } from './minted-issuer.js';
import type { TokenRefusal } from './tokens.js';
import { isUserRole, type UserRole } from './user-role.js';

/* Access tokens of people who signed in: short, and of one session. */

/** Neither type nor audience of a minted token: none can be taken for the other, by no version of the gateway. */
export const sessionAudience = 'smart-wallet-sessions';
const typ = 'at+jwt';
const algorithm = 'HS256';
export const accessTtlSeconds = 600;

export interface SessionClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly role: UserRole;
  /** When the session ends: its tokens do, too. */
  readonly endsAtMs: number;
}

export interface AccessToken {
  readonly accessToken: string;
  readonly endsAtMs: number;
}

export class SessionTokens {
  constructor(private readonly secret: Uint8Array) {}

  async sign({ userId, sessionId, role, endsAtMs }: SessionClaims, nowMs = Date.now()): Promise<AccessToken> {
    const now = Math.floor(nowMs / 1_000);
    const endsAt = Math.min(now + accessTtlSeconds, Math.floor(endsAtMs / 1_000));
    const accessToken = await new SignJWT({ role, sid: sessionId })
      .setProtectedHeader({ alg: algorithm, typ })
      .setIssuer(mintedIssuer)
      .setAudience(sessionAudience)
      .setSubject(userId)
      .setIssuedAt(now)
      .setExpirationTime(endsAt)
      .sign(this.secret);
    return { accessToken, endsAtMs: endsAt * 1_000 };
  }

  async read(token: string): Promise<Bearer | TokenRefusal> {
    try {
      const { payload } = await jwtVerify(token, this.secret, {
        ...{ algorithms: [algorithm], issuer: mintedIssuer, audience: sessionAudience, typ },
        requiredClaims: ['exp', 'sub', 'sid', 'role'],
      });
      const { sub, sid, role, exp } = payload;
      if (!isUserRole(role)) return 'UNKNOWN_ROLE';
      if (typeof sub !== 'string' || typeof sid !== 'string') return 'INVALID';
      return {
        ...{ subject: `user:${sub}`, roles: [role], scope: null, endsAtMs: (exp as number) * 1_000 },
        ...{ userId: sub, sessionId: sid },
      };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return 'ENDED';
      if (error instanceof errors.JOSEError) return 'INVALID';
      throw error;
    }
  }
}
