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
    ['BOARD_SUCCESS_TARGET_PERCENT', '101'],
    ['BOARD_SUCCESS_TARGET_PERCENT', 'most'],
    ['BOARD_LATENCY_P99_MS', '99999'],
    ['BOARD_LATENCY_P99_MS', ''],
  ])('with a bad %s is refused, naming it and not its value', (name, value) => {
    const read = () => readConfig({ ...good, [name]: value });
    expect(read).toThrow(name);
    if (value) expect(read).not.toThrow(value);
  });
});
