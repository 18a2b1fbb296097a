import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from './config.js';

const good = {
  DATABASE_URL: 'postgres://wallet_gateway@127.0.0.1:5432/wallet',
  REDIS_URL: 'redis://127.0.0.1:6379',
  NATS_URL: 'nats://127.0.0.1:4222',
  GATEWAY_TOKEN: 'a-token-of-16-chars',
};

describe('the configuration', () => {
  it('has defaults for what is not said, and is frozen', () => {
    const config = readConfig(good);
    expect(config).toMatchObject({
      namespace: 'wallet',
      host: '127.0.0.1',
      port: 3000,
      logLevel: 'info',
      liveStream: true,
    });
    expect(config).toMatchObject({ tokenSecret: null, publicUrl: null, webDir: expect.stringMatching(/web\/dist$/) });
    expect(config.board).toEqual({ environment: 'local', targets: { successPercent: 99.5, latencyP99Ms: 200 } });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it.each([
    ['DATABASE_URL', 'mysql://x'],
    ['REDIS_URL', 'nope'],
    ['NATS_URL', undefined],
    ['WALLET_NAMESPACE', 'a.b'],
    ['GATEWAY_PORT', '70000'],
    ['GATEWAY_TOKEN', 'short secret'],
    ['LOG_LEVEL', 'loud'],
    ['LIVE_STREAM', 'maybe'],
    ['GATEWAY_TOKEN_SECRET', 'too-short-a-secret'],
    ['GATEWAY_PUBLIC_URL', 'ftp://gateway'],
    ['AUTH_ALGORITHMS', 'RS256,HS256'],
    ['AUTH_ALGORITHMS', 'none'],
    ['AUTH_TOKEN_TYPES', 'JWT,'],
    ['AUTH_ROLES_CLAIM', 'a..b'],
    ['AUTH_PERSON_CLAIM', 'a..b'],
    ['AUTH_SCOPE_CLAIM', 'a b'],
    ['BOARD_SUCCESS_TARGET_PERCENT', '101'],
    ['BOARD_SUCCESS_TARGET_PERCENT', 'most'],
    ['BOARD_LATENCY_P99_MS', '99999'],
    ['BOARD_LATENCY_P99_MS', ''],
    ['WALLET_ENV', 'live'],
    ['WALLET_ENV', ''],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'null'],
    ['CORS_ORIGINS', 'https://*.shop.test'],
    ['CORS_ORIGINS', 'https://shop.test/'],
    ['CORS_ORIGINS', 'https://shop.test:443'],
    ['CORS_ORIGINS', 'https://Shop.test'],
    ['CORS_ORIGINS', 'https://shop.test, https://b.test'],
    ['CORS_ORIGINS', 'shop.test'],
  ])('with a bad %s is refused, naming it and not its value', (name, value) => {
    const read = () => readConfig({ ...good, [name]: value });
    expect(read).toThrow(name);
    if (value) expect(read).not.toThrow(value);
  });

  const provider = {
    ...{
      AUTH_JWKS_URL: 'https://id.example.test/keys',
      AUTH_ISSUER: 'https://id.example.test',
      AUTH_AUDIENCE: 'wallets',
    },
  };

  it('of an identity provider is whole, or not there', () => {
    expect(readConfig(good).provider).toBeNull();
    expect(readConfig({ ...good, ...provider }).provider).toMatchObject({
      ...{ issuer: 'https://id.example.test', audience: 'wallets', algorithms: ['RS256', 'ES256', 'EdDSA'] },
      ...{ types: ['at+jwt', 'jwt'], rolesClaim: 'roles', personClaim: null, scopeClaim: null },
    });
    for (const name of Object.keys(provider)) {
      expect(() => readConfig({ ...good, ...provider, [name]: undefined })).toThrow('are set together');
    }
    const at = (url: string) => () => readConfig({ ...good, ...provider, AUTH_JWKS_URL: url });
    expect(at('http://id.example.test/keys')).toThrow('https://');
    expect(at('http://127.0.0.1:8080/keys')).not.toThrow();
    expect(() => readConfig({ ...good, ...provider, AUTH_ISSUER: 'smart-wallet' })).toThrow('AUTH_ISSUER');
  });

  it('of an identity provider is as whole when it is kept in files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'smart-wallet-gateway-'));
    const inFile = (name: string, text: string) => {
      writeFileSync(join(folder, name), `${text}\n`);
      return [`${name}_FILE`, join(folder, name)];
    };
    const { AUTH_JWKS_URL, ...others } = provider;
    const files = Object.fromEntries(Object.entries(others).map(([name, value]) => inFile(name, value)));
    expect(readConfig({ ...good, ...files, AUTH_JWKS_URL }).provider?.issuer).toBe('https://id.example.test');
    expect(() => readConfig({ ...good, ...files })).toThrow('are set together');
    rmSync(folder, { recursive: true });
  });

  it('has the origins that may call it, each once', () => {
    expect(readConfig(good).corsOrigins).toEqual([]);
    const CORS_ORIGINS = 'https://app.example.com,http://localhost:5173,https://app.example.com';
    expect(readConfig({ ...good, CORS_ORIGINS }).corsOrigins).toEqual([
      ...['https://app.example.com', 'http://localhost:5173'],
    ]);
  });
});

describe('in production', () => {
  const secret = 'G7w2nQe0Zr5tYb8mKc3xVf6hLp9sDa1u';
  const { GATEWAY_TOKEN, ...rest } = good;
  const servers = {
    DATABASE_URL: `postgres://wallet_gateway:${secret}@db/wallet?sslmode=verify-full`,
    REDIS_URL: `rediss://gateway:${secret}@cache`,
    NATS_URL: `tls://gateway:${secret}@bus`,
  };
  const production = { ...rest, ...servers, WALLET_ENV: 'production', GATEWAY_TOKEN_SECRET: secret };

  it('there is no development token, and what is minted is signed with a secret of its own', () => {
    expect(readConfig(production)).toMatchObject({ production: true, token: null, tokenSecret: secret });
    expect(readConfig(good)).toMatchObject({ production: false, token: good.GATEWAY_TOKEN });
  });

  it('a gateway with any secret that is a default, weak or derived does not start, and says all of it at once', () => {
    const bad = {
      ...{ ...good, WALLET_ENV: 'production', DATABASE_URL: 'postgres://wallet_gateway:postgres@db/wallet' },
      ...{ REDIS_URL: 'redis://:redis@cache', NATS_URL: 'nats://wallet:wallet@bus', LOG_LEVEL: 'loud' },
      ...{ AUTH_ISSUER: 'https://id.example.test', CORS_ORIGINS: 'https://a/b' },
    };
    const names = ['DATABASE_URL', 'REDIS_URL', 'NATS_URL', 'GATEWAY_TOKEN', 'GATEWAY_TOKEN_SECRET', 'LOG_LEVEL'];
    let said = '';
    try {
      readConfig(bad);
    } catch (error) {
      said = (error as Error).message;
    }
    for (const name of [...names, 'AUTH_ISSUER', 'CORS_ORIGINS']) {
      expect(said).toMatch(new RegExp(`^  .*\\b${name}\\b`, 'm'));
    }
    for (const value of ['postgres@', good.GATEWAY_TOKEN, 'loud']) expect(said).not.toContain(value);
  });
});
