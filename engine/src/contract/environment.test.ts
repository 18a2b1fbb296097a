import { describe, expect, it } from 'vitest';
import { readVariables, type VariableName, variableProblem } from './environment.js';
import rules from './environment.json' with { type: 'json' };

const names = Object.keys(rules) as VariableName[];

describe('the variables', () => {
  it.each(names)('%s: its default is allowed, and an empty value is not, unless it stands for another one', (name) => {
    const rule: { kind: string; default?: string; emptyIs?: string } = rules[name];
    if (rule.default !== undefined) expect(variableProblem(name, rule.default)).toBeNull();
    if (rule.emptyIs === undefined) expect(variableProblem(name, '')).toContain(`${name} is empty`);
    else expect([variableProblem(name, ''), variableProblem(name, rule.emptyIs)]).toEqual([null, null]);
  });

  it.each([
    ['WALLET_NAMESPACE', 'Prod', 'prod-1'],
    ['WALLET_NAMESPACE', 'a'.repeat(41), 'a'.repeat(40)],
    ['WALLET_NAMESPACE', 'a\nb', 'a_b'],
    ['DATABASE_URL', 'mysql://x', 'postgresql://wallet@db/wallet'],
    ['REDIS_URL', 'redis', 'rediss://cache:6379'],
    ['NATS_URL', 'http://x', 'tls://bus'],
    ['NATS_URL', 'nats://a:4222,nats://b:4222', 'nats://a:4222'],
    ['GATEWAY_PORT', '65536', '0'],
    ['GATEWAY_PORT', '3e3', '3000'],
    ['GATEWAY_PORT', '-1', '65535'],
    ['BOARD_LATENCY_P99_MS', '0', '0.5'],
    ['BOARD_SUCCESS_TARGET_PERCENT', '100.01', '100'],
    ['LOG_LEVEL', 'loud', 'silent'],
    ['GATEWAY_TOKEN', 'fifteen-letters', 'sixteen-letters!'],
  ] as const)('%s may not be %j, and may be %j', (name, bad, good) => {
    expect(variableProblem(name, bad)).toMatch(new RegExp(`^${name} must be `));
    expect(variableProblem(name, good)).toBeNull();
  });

  it('are read all at once: one error names what is missing and what is bad, and shows no value', () => {
    const read = () =>
      readVariables({ WALLET_NAMESPACE: 'Prod', GATEWAY_TOKEN: 'short secret' }, [
        'NATS_URL',
        'WALLET_NAMESPACE',
        'GATEWAY_TOKEN',
        'GATEWAY_TOKEN_SECRET',
      ]);
    expect(read).toThrow(/NATS_URL is not set.*\n.*WALLET_NAMESPACE must be.*\n.*GATEWAY_TOKEN must be/);
    expect(read).not.toThrow(/Prod|short secret|GATEWAY_TOKEN_SECRET/);
  });

  it('that are left out have their default, or are undefined', () => {
    const { LOG_LEVEL, ENGINE_NAME } = readVariables({}, ['LOG_LEVEL', 'ENGINE_NAME']);
    expect([LOG_LEVEL, ENGINE_NAME]).toEqual(['info', undefined]);
  });
});
