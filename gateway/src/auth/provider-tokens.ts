import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Bearer } from '../http/bearer.js';
import { isSubject, rolesIn } from './claims.js';
import { NoKeysError } from './provider-keys.js';
import type { TokenRefusal } from './tokens.js';

/** Only these sign with a private key. With any other, who knows a public key could make tokens. */
export const providerAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
];

export interface ProviderRules {
  readonly issuer: string;
  readonly audience: string;
  /** Which of `providerAlgorithms`. */
  readonly algorithms: readonly string[];
  /** Allowed in the header, in lower case and without `application/`. */
  readonly types: readonly string[];
  /** The claim that holds the roles; see `rolesIn`. */
  readonly rolesClaim: string;
}

/** So far the provider's clock may be ahead of ours: a token is not refused for being of the future. */
const clockToleranceSeconds = 5;

/** Reads the tokens that the company's identity provider mints. */
export class ProviderTokens {
  constructor(
    readonly rules: ProviderRules,
    private readonly keys: JWTVerifyGetKey,
  ) {}

  async read(token: string, nowMs = Date.now()): Promise<Bearer | TokenRefusal> {
    const { issuer, audience, algorithms, types, rolesClaim } = this.rules;
    try {
      const { payload, protectedHeader } = await jwtVerify(token, this.keys, {
        ...{ issuer, audience, algorithms: [...algorithms], requiredClaims: ['exp', 'sub'] },
        ...{ clockTolerance: clockToleranceSeconds, currentDate: new Date(nowMs) },
      });
      const { typ } = protectedHeader;
      if (typ === undefined || !types.includes(typ.toLowerCase().replace(/^application\//, ''))) return 'INVALID';
      const endsAtMs = (payload.exp as number) * 1_000;
      if (endsAtMs <= nowMs) return 'ENDED';
      if (!isSubject(payload.sub)) return 'INVALID';
      const roles = rolesIn(payload, rolesClaim);
      // What belongs to one provider's subject is nobody else's: the platform's own subjects hold no such name.
      return { subject: `${issuer}|${payload.sub}`, roles, scope: null, endsAtMs };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return 'ENDED';
      if (error instanceof errors.JOSEError) return 'INVALID';
      if (error instanceof NoKeysError) return 'NO_KEYS';
      throw error;
    }
  }
}
