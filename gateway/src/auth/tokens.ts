import { timingSafeEqual } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { Bearer } from '../http/bearer.js';
import { type MintedToken, MintedTokens, mintedIssuer, type TokenRequest } from './minted-tokens.js';
import type { ProviderTokens } from './provider-tokens.js';
import type { Revocations } from './revocations.js';
import { TokenCache } from './token-cache.js';

/**
 * Why a token is no good. Nobody can tell: the identity provider's keys are not there (NO_KEYS), or what was withdrawn lately
 * (NO_REVOCATIONS).
 */
export type TokenRefusal = 'INVALID' | 'ENDED' | 'REVOKED' | 'UNKNOWN_ROLE' | 'NO_KEYS' | 'NO_REVOCATIONS';

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

/** Says whose a token is: the development token, one that was minted here, or one of the identity provider. */
export class Tokens {
  readonly #development: Buffer | null;
  readonly #minted: MintedTokens;
  readonly #read = new TokenCache(tokensKeptMax);

  /** Production has no development token: then there is a secret. */
  constructor(
    developmentToken: string | null,
    secret: string | null,
    private readonly parts: TokensParts,
  ) {
    this.#development = developmentToken === null ? null : Buffer.from(developmentToken);
    this.#minted = new MintedTokens(developmentToken, secret);
  }

  mint(request: TokenRequest, nowMs?: number): Promise<MintedToken> {
    return this.#minted.mint(request, nowMs);
  }

  /** Of the development token, and of one that was read before and is still good. */
  known(token: string): Bearer | undefined {
    if (this.#isDevelopment(token)) return developmentBearer;
    const bearer = this.#read.find(token, Date.now());
    if (bearer?.tokenId === undefined) return bearer;
    return this.parts.revocations.stateOf(bearer.tokenId) === 'GOOD' ? bearer : undefined;
  }

  /** Certainly withdrawn. */
  isRevoked({ tokenId }: Bearer): boolean {
    return tokenId !== undefined && this.parts.revocations.stateOf(tokenId) === 'REVOKED';
  }

  /** Of any token, or why it is refused. */
  async bearer(token: string): Promise<Bearer | TokenRefusal> {
    const known = this.known(token);
    if (known) return known;
    const bearer = await this.#readAnew(token);
    if (typeof bearer === 'string') return bearer;
    this.#read.keep(token, bearer);
    const state = bearer.tokenId === undefined ? 'GOOD' : this.parts.revocations.stateOf(bearer.tokenId);
    return state === 'GOOD' ? bearer : state === 'REVOKED' ? 'REVOKED' : 'NO_REVOCATIONS';
  }

  async #readAnew(token: string): Promise<Bearer | TokenRefusal> {
    const issuer = issuerOf(token);
    if (issuer === mintedIssuer) return this.#minted.read(token);
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
function issuerOf(token: string): string | undefined {
  if (token.length > tokenCharsMax || !jwtPattern.test(token)) return undefined;
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}
