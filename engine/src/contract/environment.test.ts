import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isSet, readVariables, type VariableName, variableProblem, withVariableFiles } from './environment.js';
import rules from './environment.json' with { type: 'json' };
import { variableFileBytesMax } from './variable-file.js';

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

describe('a variable in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'smart-wallet-variables-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const url = 'postgres://wallet_engine:a-password-of-mine@db/wallet';
  const read = (env: Record<string, string>) => readVariables(env, ['DATABASE_URL', 'LOG_LEVEL']);

  it.each(['', '\n', '\r\n'])('is read as if it were set, without the end of its line (%j)', (end) => {
    expect(read({ DATABASE_URL_FILE: file('url', `${url}${end}`) })).toEqual({ DATABASE_URL: url, LOG_LEVEL: 'info' });
  });

  it('is held to the rules of the variable, those of production too, and is not shown', () => {
    const known = file('known', 'postgres://wallet_engine:postgres@db/wallet');
    const inProduction = () => read({ DATABASE_URL_FILE: known, WALLET_ENV_FILE: file('env', 'production\n') });
    expect(inProduction).toThrow(/DATABASE_URL holds a password that is a known default/);
    expect(inProduction).not.toThrow(/postgres:/);
    expect(() => read({ DATABASE_URL_FILE: file('empty', '\n') })).toThrow(/DATABASE_URL is empty/);
    expect(() => read({ DATABASE_URL_FILE: file('other', 'mysql://hidden') })).toThrow(/DATABASE_URL must be a URL/);
    expect(() => read({ DATABASE_URL_FILE: file('other', 'mysql://hidden') })).not.toThrow(/hidden/);
  });

  it('is not taken beside the variable itself', () => {
    const both = () => read({ DATABASE_URL: url, DATABASE_URL_FILE: file('url', url) });
    expect(both).toThrow(/DATABASE_URL_FILE is .*: DATABASE_URL is set too: set one of them/);
  });

  it('that cannot be read names the variable and the path, beside all else that is wrong', () => {
    const problems = () => read({ DATABASE_URL_FILE: join(folder, 'none'), LOG_LEVEL: 'loud' });
    expect(problems).toThrow(`DATABASE_URL_FILE is ${join(folder, 'none')}, which is not read: there is no such file`);
    expect(problems).toThrow(/LOG_LEVEL must be one of/);
    expect(problems).not.toThrow(/DATABASE_URL is not set/);
    mkdirSync(join(folder, 'folder'));
    expect(() => read({ DATABASE_URL_FILE: join(folder, 'folder') })).toThrow(/it is no file/);
    expect(() => read({ DATABASE_URL_FILE: '' })).toThrow(/there is no such file/);
    const hidden = file('hidden', url);
    chmodSync(hidden, 0o000);
    // Root reads all.
    if (process.getuid?.() !== 0)
      expect(() => read({ DATABASE_URL_FILE: hidden })).toThrow(/DATABASE_URL_FILE.*EACCES/);
  });

  it('is one line: a second one is refused with the variable, the file and the rule, and is not shown', () => {
    const two = file('two', `${url}\nhidden-second-line\n`);
    expect(() => read({ DATABASE_URL_FILE: two })).toThrow(
      `DATABASE_URL_FILE is ${two}, which is not read: it has more than one line, and a value is one line`,
    );
    expect(() => read({ DATABASE_URL_FILE: two })).not.toThrow(/hidden-second-line|a-password-of-mine/);
    expect(() => read({ DATABASE_URL_FILE: file('first-empty', `\r\n${url}`) })).toThrow(/more than one line/);
  });

  it('that is empty leaves out what its rule says, and is refused elsewhere', () => {
    const none = file('none-given', '\n');
    expect(readVariables({ OPENAI_API_KEY_FILE: none }, ['OPENAI_API_KEY'])).toEqual({ OPENAI_API_KEY: undefined });
    expect(() => readVariables({ OPENAI_API_KEY: '' }, ['OPENAI_API_KEY'])).toThrow(/OPENAI_API_KEY is empty/);
    expect(() => readVariables({ AUTH_AUDIENCE_FILE: none }, ['AUTH_AUDIENCE'])).toThrow(/AUTH_AUDIENCE is empty/);
    expect(() => readVariables({ SMTP_URL_FILE: none }, ['SMTP_URL'])).toThrow(/SMTP_URL is empty/);
  });

  it('has a longest length', () => {
    const level = (bytes: number) => () =>
      readVariables({ LOG_LEVEL_FILE: file('long', 'x'.repeat(bytes)) }, ['LOG_LEVEL']);
    expect(level(variableFileBytesMax)).toThrow(/LOG_LEVEL must be one of/);
    expect(level(variableFileBytesMax + 1)).toThrow(/LOG_LEVEL_FILE is .*: it is longer than 65536 bytes/);
  });

  it('counts as set, and is passed on as the variable', () => {
    const env = { LOG_LEVEL_FILE: file('level', 'warn'), OTHER_FILE: 'untouched' };
    expect([isSet(env, 'LOG_LEVEL'), isSet(env, 'NATS_URL')]).toEqual([true, false]);
    expect(withVariableFiles(env)).toEqual({
      given: { LOG_LEVEL: 'warn', OTHER_FILE: 'untouched' },
      unread: new Map(),
    });
  });
});
