import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Bearer } from '../http/bearer.js';
import { isUnavailable } from '../storage/unavailable.js';
import { claimAt, isSubject, rolesIn, scopeIn } from './claims.js';
import { NoKeysError } from './provider-keys.js';
import type { TokenRefusal } from './tokens.js';
import { type UserRole, userRoles } from './user-role.js';

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
  /** The claim that names a service's scope; null: none does. */
  readonly scopeClaim: string | null;
  /** The claim, written like that one, that only tokens of people have: their e-mail. null: no token is a person's. */
  readonly personClaim: string | null;
}

export interface Person {
  /** `<issuer>|<sub>` */
  readonly subject: string;
  /** In small letters. */
  readonly email: string;
  readonly name: string;
  readonly role: UserRole;
}

/** Enters a person at first use; answers with the user's id, or null when there are too many. */
export interface PeopleEntry {
  enter(person: Person): Promise<string | null>;
  /** The id of the user whose subject it is already; null: nobody's. */
  known(subject: string): Promise<string | null>;
}

/** So far the provider's clock may be ahead of ours: a token is not refused for being of the future. */
const clockToleranceSeconds = 5;

/** Reads the tokens that the company's identity provider mints. */
export class ProviderTokens {
  constructor(
    readonly rules: ProviderRules,
    private readonly keys: JWTVerifyGetKey,
    private readonly people: PeopleEntry,
  ) {}

  async read(token: string, nowMs = Date.now()): Promise<Bearer | TokenRefusal> {
    const { issuer, audience, algorithms, types, rolesClaim, scopeClaim } = this.rules;
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
      const given = rolesIn(payload, rolesClaim);
      const scope = scopeClaim === null ? null : scopeIn(payload, scopeClaim);
      if (scope === undefined) return 'INVALID';
      // Whoever is bound to a scope is a service: with another role as well, it would see beyond the scope.
      const roles = scope === null ? given : given.filter((role) => role === 'service');
      // What belongs to one provider's subject is nobody else's: the platform's own subjects hold no such name.
      const bearer: Bearer = { subject: `${issuer}|${payload.sub}`, roles, scope, endsAtMs };
      return await this.#withPerson(bearer, payload);
    } catch (error) {
      if (error instanceof errors.JWTExpired) return 'ENDED';
      if (error instanceof errors.JOSEError) return 'INVALID';
      if (error instanceof NoKeysError) return 'NO_KEYS';
      if (isUnavailable(error)) return 'NO_REVOCATIONS';
      throw error;
    }
  }

  /**
   * A person is bound to no scope: what others approve for a person is done without one, and the role that is entered would be what the
   * scope leaves. So a token that is both is refused, before anybody is entered by it.
   *
   * A token that says it is a person's, and not whose, is refused: it must not pass for a program's. Nor does a person's from which the
   * claim was left out, as providers do when its scope is not asked for: who was a person once stays one.
   */
  async #withPerson(bearer: Bearer, payload: JWTPayload): Promise<Bearer | TokenRefusal> {
    const { personClaim } = this.rules;
    if (personClaim === null) return bearer;
    const email = claimAt(payload, personClaim);
    if (email === undefined) {
      const known = await this.people.known(bearer.subject);
      if (known === null) return bearer;
      return bearer.scope === null ? { ...bearer, userId: known } : 'SCOPED_PERSON';
    }
    if (bearer.scope !== null) return 'SCOPED_PERSON';
    if (!isSubject(email) || isUnverified(payload, personClaim)) return 'INVALID';
    const person: Person = {
      subject: bearer.subject,
      email: email.toLowerCase(),
      name: nameIn(payload) ?? email.slice(0, personNameCharsMax),
      role: userRoles.findLast((role) => bearer.roles.includes(role)) ?? 'viewer',
    };
    const userId = await this.people.enter(person);
    return userId === null ? { ...bearer, roles: [] } : { ...bearer, userId };
  }
}

/** OpenID says so beside the e-mail (`email_verified`): whoever may write there what he likes would be whom he likes. */
function isUnverified(payload: JWTPayload, personClaim: string): boolean {
  const verified = claimAt(payload, `${personClaim}_verified`);
  return verified !== undefined && verified !== true && verified !== 'true';
}

const personNameCharsMax = 100;

/** For people to read: nothing that cannot be shown, or kept. */
function nameIn({ name }: JWTPayload): string | null {
  if (typeof name !== 'string') return null;
  const shown = name
    .toWellFormed()
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  return shown === '' ? null : shown.slice(0, personNameCharsMax).toWellFormed();
}
