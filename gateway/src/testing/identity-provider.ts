import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import type { ProviderConfig } from '../auth/open-provider.js';

type Changes = Readonly<Record<string, unknown>>;

/** An identity provider that serves its keys over HTTP and mints what a test asks for. */
export class IdentityProvider {
  /** How often its keys were asked for. */
  asked = 0;
  /** What it answers instead of its keys. */
  broken: number | null = null;
  readonly #keys = new Map<string, CryptoKey>();
  readonly #published: object[] = [];
  readonly #server = createServer((_request, response) => {
    this.asked += 1;
    response.writeHead(this.broken ?? 200, { 'content-type': 'application/json' });
    response.end(this.broken === null ? JSON.stringify({ keys: this.#published }) : 'broken');
  });

  static async start(): Promise<IdentityProvider> {
    const provider = new IdentityProvider();
    await new Promise<void>((listening) => provider.#server.listen(0, '127.0.0.1', listening));
    await provider.addKey('one', 'RS256');
    return provider;
  }

  get config(): ProviderConfig {
    const { port } = this.#server.address() as AddressInfo;
    return {
      ...{ jwksUrl: new URL(`http://127.0.0.1:${port}/keys`), issuer: 'https://id.example.test', audience: 'wallets' },
      ...{ algorithms: ['RS256', 'ES256', 'EdDSA'], types: ['at+jwt', 'jwt'], rolesClaim: 'access.roles' },
      ...{ personClaim: 'contact.email', scopeClaim: 'wallet_scope' },
    };
  }

  async addKey(kid: string, alg: string): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    this.#keys.set(kid, privateKey);
    this.#published.push({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' });
  }

  /** What the world knows of a key. */
  publicKey(kid: string): Record<string, unknown> {
    return this.#published.find((key) => (key as { kid: string }).kid === kid) as Record<string, unknown>;
  }

  /** A good token of a service, but for what is changed. undefined leaves a claim or a header out. */
  async mint(claims: Changes = {}, header: Changes = {}, key = 'one'): Promise<string> {
    const seconds = Math.floor(Date.now() / 1_000);
    const { issuer: iss, audience: aud } = this.config;
    const good = { iss, aud, sub: 'shop', iat: seconds, exp: seconds + 300, access: { roles: ['service'] } };
    return new SignJWT({ ...good, ...claims } as JWTPayload)
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'one', ...header } as JWTHeaderParameters)
      .sign(this.#keys.get(key) as CryptoKey);
  }

  close(): Promise<void> {
    return new Promise((closed) => this.#server.close(() => closed()));
  }
}
