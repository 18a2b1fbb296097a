import { timingSafeEqual } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { Bearer } from '../http/bearer.js';
import { type MintedToken, MintedTokens, mintedIssuer } from './minted-tokens.js';
import type { ProviderTokens } from './provider-tokens.js';
import { TokenCache } from './token-cache.js';

/** Why a token is no good. NO_KEYS: nobody can tell, the identity provider's keys are not there. */
export type TokenRefusal = 'INVALID' | 'ENDED' | 'UNKNOWN_ROLE' | 'NO_KEYS';

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
  readonly #development: Buffer;
  readonly #minted: MintedTokens;
  readonly #read = new TokenCache(tokensKeptMax);

  constructor(
    developmentToken: string,
    secret: string | null,
    /** null: there is none. */
    private readonly provider: Pick<ProviderTokens, 'read' | 'rules'> | null = null,
  ) {
    this.#development = Buffer.from(developmentToken, 'latin1');
    this.#minted = new MintedTokens(developmentToken, secret);
  }

  mintDisplay(ttlSeconds: number, nowMs?: number): Promise<MintedToken> {
    return this.#minted.mintDisplay(ttlSeconds, nowMs);
  }

  /** Of the development token, and of one that was read before and is still good. */
  known(token: string): Bearer | undefined {
    return this.#isDevelopment(token) ? developmentBearer : this.#read.find(token, Date.now());
  }

  /** Of any token, or why it is refused. */
  async bearer(token: string): Promise<Bearer | TokenRefusal> {
    const known = this.known(token);
    if (known) return known;
    const bearer = await this.#readAnew(token);
    if (typeof bearer !== 'string') this.#read.keep(token, bearer);
    return bearer;
  }

  async #readAnew(token: string): Promise<Bearer | TokenRefusal> {
    const issuer = issuerOf(token);
    if (issuer === mintedIssuer) return this.#minted.read(token);
    if (this.provider && issuer === this.provider.rules.issuer) return this.provider.read(token);
    return 'INVALID';
  }

  #isDevelopment(token: string): boolean {
    return (
      token.length === this.#development.length && timingSafeEqual(Buffer.from(token, 'latin1'), this.#development)
    );
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
