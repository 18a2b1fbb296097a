import { timingSafeEqual } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { Bearer } from '../http/bearer.js';
import { mintedIssuer } from './minted-issuer.js';
import { type MintedToken, MintedTokens, type TokenRequest } from './minted-tokens.js';
import { keysLiveMs } from './provider-keys.js';
import type { ProviderTokens } from './provider-tokens.js';
import type { Revocations } from './revocations.js';
import { type AccessToken, type SessionClaims, SessionTokens, sessionAudience } from './session-tokens.js';
import { signingSecret } from './signing-secret.js';
import { TokenCache } from './token-cache.js';

/**
 * Why a token is no good. SCOPED_PERSON: it names a scope, which binds services, and is a person's. Nobody can tell: the identity
 * provider's keys are not there (NO_KEYS), or what was withdrawn lately (NO_REVOCATIONS).
 */
export type TokenRefusal =
  | 'INVALID'
  | 'ENDED'
  | 'REVOKED'
  | 'UNKNOWN_ROLE'
  | 'SCOPED_PERSON'
  | 'NO_KEYS'
  | 'NO_REVOCATIONS';

interface TokensParts {
  /** Without it, no tokens of others are taken. */
  readonly provider?: Pick<ProviderTokens, 'read' | 'rules'> | null;
  readonly revocations: Pick<Revocations, 'stateOf'>;
}

/** Who the one development token stands for. */
export const developmentBearer: Bearer = Object.freeze({
  subject: 'dev',
  roles: ['admin', 'service'],
  scope: null,
  endsAtMs: Infinity,
} as const);

/** A longer one is none. */
export const tokenCharsMax = 8_192;
/** Tokens that are kept as read: at most 16 MB. */
export const tokensKeptMax = 2_048;
const jwtPattern = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Says whose a token is: the development token, one that was minted here, of a session here, or one of the identity provider. */
export class Tokens {
  readonly #development: Buffer | null;
  readonly #minted: MintedTokens;
  readonly #sessions: SessionTokens;
  readonly #read = new TokenCache(tokensKeptMax);

  /** Production has no development token: then there is a secret. */
  constructor(
    developmentToken: string | null,
    secret: string | null,
    private readonly parts: TokensParts,
  ) {
    this.#development = developmentToken === null ? null : Buffer.from(developmentToken);
    const key = signingSecret(developmentToken, secret);
    this.#minted = new MintedTokens(key);
    this.#sessions = new SessionTokens(key);
  }

  mint(request: TokenRequest, nowMs?: number): Promise<MintedToken> {
    return this.#minted.mint(request, nowMs);
  }

  /** For a person who has signed in. */
  signAccess(claims: SessionClaims): Promise<AccessToken> {
    return this.#sessions.sign(claims);
  }

  /** Of the development token, and of one that was read before and is still good. */
  known(token: string): Bearer | undefined {
    if (this.#isDevelopment(token)) return developmentBearer;
    const bearer = this.#read.find(token, Date.now());
    return bearer && this.parts.revocations.stateOf(bearer) === 'GOOD' ? bearer : undefined;
  }

  /** Certainly withdrawn. */
  isRevoked(bearer: Bearer): boolean {
    return this.parts.revocations.stateOf(bearer) === 'REVOKED';
  }

  /** Of any token, or why it is refused. */
  async bearer(token: string): Promise<Bearer | TokenRefusal> {
    const known = this.known(token);
    if (known) return known;
    const { issuer, audience } = originOf(token);
    const isOurs = issuer === mintedIssuer;
    const bearer = isOurs ? await this.#readOurs(token, audience) : await this.#readProviders(token, issuer);
    if (typeof bearer === 'string') return bearer;
    const state = this.parts.revocations.stateOf(bearer);
    if (state === 'REVOKED') return 'REVOKED';
    // What is ours is withdrawn by its id; the provider's, by its key.
    this.#read.keep(token, bearer, isOurs ? bearer.endsAtMs : Date.now() + keysLiveMs);
    return state === 'GOOD' ? bearer : 'NO_REVOCATIONS';
  }

  #readOurs(token: string, audience: unknown): Promise<Bearer | TokenRefusal> {
    return (audience === sessionAudience ? this.#sessions : this.#minted).read(token);
  }

  async #readProviders(token: string, issuer: string | undefined): Promise<Bearer | TokenRefusal> {
    const { provider } = this.parts;
    return provider && issuer === provider.rules.issuer ? provider.read(token) : 'INVALID';
  }

  #isDevelopment(token: string): boolean {
    const development = this.#development;
    if (development === null || token.length !== development.length) return false;
    // In UTF-8, or a letter beyond Latin-1 would be taken for the one whose code it ends in.
    const given = Buffer.from(token);
    return given.length === development.length && timingSafeEqual(given, development);
  }
}

/** As it says itself: who reads it, checks that. */
function originOf(token: string): { issuer?: string | undefined; audience?: unknown } {
  if (token.length > tokenCharsMax || !jwtPattern.test(token)) return {};
  try {
    const { iss, aud } = decodeJwt(token);
    return { issuer: iss, audience: aud };
  } catch {
    return {};
  }
}
