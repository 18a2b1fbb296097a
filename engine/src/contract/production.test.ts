import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readVariables } from './environment.js';
import { productionProblem } from './production.js';

const production = { WALLET_ENV: 'production' };
const made = (form: 'base64' | 'base64url' | 'hex', bytes = 24) => randomBytes(bytes).toString(form);

describe('a secret for production', () => {
  it.each([
    ['none', undefined],
    ['too short', made('hex', 10)],
    ['one letter', 'x'.repeat(64)],
    ['a few letters', 'abcabcabc'.repeat(6)],
    ['of a template', `change-me-${made('hex')}`],
    ['of an example', `example.${made('hex')}`],
    ['digits in their order', '0123456789abcdef0123456789abcdef'],
    ['a word twice', 'SecretSecret-and-some-more-letters'],
    ['of the tests', 'test-token-0123456789-test-token-012'],
  ])('is refused when it is %s, with what to do', (_, value) => {
    expect(productionProblem('GATEWAY_TOKEN_SECRET', 'secret', value)).toMatch(
      /^GATEWAY_TOKEN_SECRET .*make one with: openssl rand -base64 24$/,
    );
  });

  it('is taken when it is random, however it is written', () => {
    for (let i = 0; i < 1_000; i++) {
      for (const value of [made('base64'), made('base64url'), made('hex', 32)]) {
        expect([value, productionProblem('GATEWAY_TOKEN_SECRET', 'secret', value)]).toEqual([value, null]);
      }
    }
  });
});

it('a password that may be left out is, when it is set, a secret', () => {
  const problem = (value?: string) => productionProblem('WALLET_ENGINE_PASSWORD', 'hard', value);
  expect([problem(undefined), problem(made('base64'))]).toEqual([null, null]);
  expect(problem('wallet_engine-wallet_engine')).toMatch(/^WALLET_ENGINE_PASSWORD can be guessed/);
});

describe('a password in a URL for production', () => {
  const problem = (url: string) => productionProblem('DATABASE_URL', 'server', url, true);
  it.each([
    'postgres://postgres:postgres@db/wallet',
    'postgres://wallet_engine:wallet_engine@db/wallet',
    'postgres://someone_long:someone_long@db/wallet',
    'postgres://wallet:Password123!@db/wallet',
    'postgres://wallet:short@db/wallet',
    'postgres://wallet:change-me-please-now@db/wallet',
    'postgres://wallet:ch%61ngeme-please@db/wallet',
    'postgres://wallet@db/wallet?password=postgres',
    'redis://:redis@cache:6379',
    'nats://wallet:smart-wallet@bus:4222',
  ])('is refused: %s', (url) => {
    expect(problem(url)).toMatch(/^DATABASE_URL holds a password .*give its user another/);
  });

  it.each([
    `postgres://wallet:${made('base64url')}@db/wallet`,
    'postgres://wallet@db/wallet?sslcert=client.crt',
    'postgres://wallet@%2Frun%2Fpostgresql/wallet',
    'postgres://wallet@localhost/wallet?host=/run/postgresql',
  ])('is taken, and so is none where something else says who comes: %s', (url) => {
    expect(problem(url)).toBeNull();
  });

  it.each(['redis://cache:6379', 'nats://bus', 'amqp://workers@mq', 'postgres://wallet@127.0.0.1/wallet'])(
    'must be there: %s',
    (url) => {
      expect(problem(url)).toMatch(/^DATABASE_URL has no password.*user:password@/);
    },
  );

  it('need not be there for mail, which servers take from their own network', () => {
    expect(productionProblem('SMTP_URL', 'password', 'smtp://relay')).toBeNull();
  });
});

describe('a connection in production', () => {
  const secret = made('base64url');
  const problem = (url: string, allowed = false) => productionProblem('X_URL', 'server', url, allowed);
  it.each([
    `redis://:${secret}@cache`,
    `nats://engine:${secret}@10.0.0.5:4222`,
    `amqp://workers:${secret}@mq`,
    `postgres://wallet:${secret}@db/wallet`,
    `postgres://wallet:${secret}@db/wallet?sslmode=disable`,
    `postgres://wallet:${secret}@db/wallet?sslmode=prefer`,
    `postgres://wallet:${secret}@db/wallet?sslmode=no-verify`,
    `postgres://wallet:${secret}@db/wallet?sslmode=require&uselibpqcompat=true`,
    `postgres://wallet:${secret}@localhost/wallet?host=db`,
    `redis://:${secret}@localhost.evil.test`,
    `redis://:${secret}@127.0.0.1.evil.test`,
  ])('to another machine must be encrypted, unless that is allowed: %s', (url) => {
    expect(problem(url)).toMatch(/^X_URL is not encrypted.*ALLOW_PLAINTEXT=on$/);
    expect(problem(url)).not.toContain(secret);
    expect(problem(url, true)).toBeNull();
  });

  it.each([
    `rediss://:${secret}@cache`,
    `tls://engine:${secret}@bus`,
    `amqps://workers:${secret}@mq`,
    `postgres://wallet:${secret}@db/wallet?sslmode=verify-full&sslrootcert=/ca.crt`,
    `postgres://wallet:${secret}@db/wallet?sslmode=require`,
    `redis://:${secret}@127.0.0.1:6379`,
    `nats://engine:${secret}@localhost`,
    `amqp://workers:${secret}@[::1]`,
    'postgres://wallet@%2Frun%2Fpostgresql/wallet',
  ])('is taken when it is encrypted and checked, or stays on this machine: %s', (url) => {
    expect(problem(url)).toBeNull();
  });

  it('is allowed without encryption by a word, not by any', () => {
    const env = { ...production, NATS_URL: `nats://engine:${secret}@bus` };
    const read = (ALLOW_PLAINTEXT?: string) =>
      readVariables({ ...env, ...(ALLOW_PLAINTEXT && { ALLOW_PLAINTEXT }) }, ['NATS_URL']);
    expect(() => read()).toThrow(/NATS_URL is not encrypted.*begin NATS_URL with tls:/);
    expect(() => read('yes')).toThrow(/ALLOW_PLAINTEXT must be one of on, off/);
    expect(read('on').NATS_URL).toBe(env.NATS_URL);
  });
});

describe('the variables in production', () => {
  it('are judged for every program that reads them, all at once, and show no value', () => {
    const env = { ...production, DATABASE_URL: 'postgres://wallet:wallet@db/x', REDIS_URL: 'redis://:hunter2@c' };
    const read = () => readVariables(env, ['DATABASE_URL', 'REDIS_URL', 'NATS_URL']);
    expect(read).toThrow(/DATABASE_URL holds.*\n.*REDIS_URL holds.*\n.*NATS_URL is not set/);
    expect(read).not.toThrow(/hunter2|wallet:wallet/);
    expect(() =>
      readVariables({ ...env, WALLET_ENV: 'development', NATS_URL: 'nats://n' }, ['REDIS_URL']),
    ).not.toThrow();
  });

  it('must say production in that very word', () => {
    for (const WALLET_ENV of ['prod', 'Production', 'PRODUCTION', ' production', '']) {
      expect(() => readVariables({ WALLET_ENV }, ['LOG_LEVEL'])).toThrow('WALLET_ENV');
    }
  });

  it('have no development token, and need it elsewhere', () => {
    expect(() => readVariables({ ...production, GATEWAY_TOKEN: made('hex') }, ['GATEWAY_TOKEN'])).toThrow(
      'GATEWAY_TOKEN must not be set in production',
    );
    expect(readVariables(production, ['GATEWAY_TOKEN']).GATEWAY_TOKEN).toBeUndefined();
    expect(() => readVariables({}, ['GATEWAY_TOKEN'])).toThrow('GATEWAY_TOKEN is not set');
  });
});
