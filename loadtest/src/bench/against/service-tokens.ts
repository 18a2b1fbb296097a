import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const issuer = 'https://id.bench.test';
const audience = 'bench';
const keyId = 'bench';
const tokenLivesSeconds = 86_400;

/** An identity provider whose tokens, RS256, are those of a service. */
export class ServiceTokens {
  readonly #key: KeyObject;
  readonly #server: Server;

  private constructor(key: KeyObject, server: Server) {
    this.#key = key;
    this.#server = server;
  }

  static async start(): Promise<ServiceTokens> {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keys = JSON.stringify({
      keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: 'RS256', use: 'sig' }],
    });
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(keys);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return new ServiceTokens(privateKey, server);
  }

  /** What a gateway is told of it. */
  get variables(): Record<string, string> {
    const { port } = this.#server.address() as AddressInfo;
    return { AUTH_JWKS_URL: `http://127.0.0.1:${port}/keys`, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience };
  }

  /** Good for a day. */
  token(): string {
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: issuer,
      aud: audience,
      sub: 'bench',
      roles: ['service'],
      iat: now,
      exp: now + tokenLivesSeconds,
    };
    const text = [{ alg: 'RS256', typ: 'JWT', kid: keyId }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${text}.${sign('sha256', Buffer.from(text), this.#key).toString('base64url')}`;
  }

  close(): Promise<void> {
    return new Promise((closed) => this.#server.close(() => closed()));
  }
}
