import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey, errors as jose } from 'jose';
import type { Logger } from 'pino';

/** A token whose key is not known makes the keys be fetched, at most this often, whatever comes of it. */
export const fetchEveryMs = 30_000;
/** Keys that the provider has withdrawn are forgotten after this long at the latest. */
export const keysLiveMs = 600_000;
const fetchTimeoutMs = 5_000;
const keysBytesMax = 256 * 1024;

/** There are no keys yet, and the provider does not give any. */
export class NoKeysError extends Error {}

/**
 * The identity provider's public keys (JWKS). While the provider is away, the keys that are known go on: tokens are good for as
 * long as they say.
 */
export class ProviderKeys {
  #known: JWTVerifyGetKey | null = null;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | null = null;
  /** How often the provider was asked. */
  fetches = 0;

  constructor(
    private readonly url: URL,
    private readonly log: Pick<Logger, 'warn'>,
    private readonly now: () => number = () => performance.now(),
    private readonly fetchKeys: (url: URL) => Promise<JSONWebKeySet> = readKeys,
  ) {}

  /** For `jwtVerify`. Rejects with NoKeysError, or as jose does when there is no such key. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (this.#known === null) await this.#fetch();
    // Nobody waits for this one: what is known is good.
    else if (this.now() - this.#fetchedAt > keysLiveMs) void this.#fetch();
    if (this.#known === null) throw new NoKeysError('the identity provider gives no keys');
    try {
      return await this.#known(header, token);
    } catch (error) {
      if (!(error instanceof jose.JWKSNoMatchingKey) || !this.#mayFetch) throw error;
      await this.#fetch();
      return await this.#known(header, token);
    }
  };

  get #mayFetch(): boolean {
    return this.#fetching !== null || this.now() - this.#triedAt >= fetchEveryMs;
  }

  /** One at a time, for all who need it. Leaves the known keys when it fails. */
  #fetch(): Promise<void> {
    if (this.#fetching) return this.#fetching;
    // Without any keys nobody gets in, and a provider that is back is wanted at once; but not by each of a thousand requests.
    const everyMs = this.#known === null ? 1_000 : fetchEveryMs;
    if (this.now() - this.#triedAt < everyMs) return Promise.resolve();
    this.#triedAt = this.now();
    this.fetches += 1;
    this.#fetching = this.fetchKeys(this.url)
      .then((keys) => {
        this.#known = createLocalJWKSet(keys);
        this.#fetchedAt = this.now();
      })
      .catch((error: unknown) => {
        this.log.warn({ err: error, url: this.url.href }, 'the identity provider’s keys could not be read');
      })
      .finally(() => {
        this.#fetching = null;
      });
    return this.#fetching;
  }
}

/** Throws when they are not there, too long, or no keys. */
async function readKeys(url: URL): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    // A provider does not send its callers elsewhere for what everything rests on.
    redirect: 'error',
    signal: AbortSignal.timeout(fetchTimeoutMs),
  });
  if (!response.ok || !response.body) throw new Error(`answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > keysBytesMax) throw new Error(`more than ${keysBytesMax} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as JSONWebKeySet;
}
