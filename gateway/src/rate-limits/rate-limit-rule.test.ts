import { expect, it } from 'vitest';
import { readConfig } from '../config.js';
import { blockOf, readRateLimitRule } from './rate-limit-rule.js';

const good = {
  DATABASE_URL: 'postgres://wallet_gateway@127.0.0.1:5432/wallet',
  REDIS_URL: 'redis://127.0.0.1:6379',
  NATS_URL: 'nats://127.0.0.1:4222',
  GATEWAY_TOKEN: 'a-token-of-16-chars',
};

it.each([
  ['500000/10s', 500_000, 10, 5_000],
  ['300/60s', 300, 60, 3],
  ['20/1m', 20, 60, 1],
  ['5000/2h', 5_000, 7_200, 50],
])('%s is a number of calls and a time', (text, points, periodSeconds, block) => {
  const rule = readRateLimitRule(text);
  expect(rule).toEqual({ points, periodSeconds });
  expect(rule && blockOf(rule)).toBe(block);
});

it('has defaults, and can be off', () => {
  expect(readConfig(good).rateLimits).toEqual({
    payments: { points: 500_000, periodSeconds: 10 },
    reads: { points: 100_000, periodSeconds: 10 },
    acts: { points: 300, periodSeconds: 60 },
    'sign-in': { points: 10, periodSeconds: 60 },
    'bad-tokens': { points: 1_200, periodSeconds: 60 },
  });
  expect(readConfig({ ...good, RATE_LIMIT_PAYMENTS: 'off' }).rateLimits.payments).toBeNull();
});

it.each(['RATE_LIMIT_PAYMENTS', 'RATE_LIMIT_READS', 'RATE_LIMIT_ACTS', 'RATE_LIMIT_SIGN_IN', 'RATE_LIMIT_BAD_TOKENS'])(
  '%s that is no limit is refused by its name',
  (name) => {
    for (const value of ['', '0/10s', '10', '10/0s', '10/s', '10/10', '10/1d', '1.5/1s', '-1/1s', 'none', '1/99999h']) {
      expect(() => readConfig({ ...good, [name]: value }), value).toThrow(name);
    }
  },
);

it('trusted proxies are addresses and networks', () => {
  const read = (text?: string) => readConfig({ ...good, TRUSTED_PROXIES: text }).trustedProxies;
  expect(read()).toEqual([]);
  expect(read('10.0.0.0/8,192.0.2.7,2001:db8::/32,::1')).toEqual(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1']);
  for (const text of [
    '',
    'loopback',
    '10.0.0.0/33',
    '10.0.0.0/0',
    '10.0.0.0/8/8',
    '::/0',
    '300.1.1.1',
    '10.0.0.1,',
    'fe80::/129',
  ]) {
    expect(() => read(text), text).toThrow('TRUSTED_PROXIES');
  }
});
