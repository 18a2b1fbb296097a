// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repoDir } from '../machine/paths.mjs';
import { envWithoutServers, envWithTestServers } from './env-without-servers.mjs';

it('a stack with servers of its own is told of none of the environment\u2019s, and of all else', () => {
  const env = {
    DATABASE_URL: 'postgres://theirs',
    REDIS_URL: 'redis://theirs',
    NATS_URL: 'nats://theirs',
    AMQP_URL: 'amqp://theirs',
    SMTP_URL: 'smtp://theirs',
    ENGINE_NATS_URL: 'nats://theirs',
    LOG_LEVEL: 'warn',
  };
  expect(envWithoutServers(env)).toEqual({ LOG_LEVEL: 'warn' });
});

it('a stack on the servers of the tests is told of those alone, with the logins of programs', () => {
  const servers = {
    NATS_URL: 'nats://theirs',
    TEST_NATS_URL: 'nats://test',
    TEST_ENGINE_NATS_URL: 'nats://engine@test',
  };
  expect(envWithTestServers({ ...servers, REDIS_URL: 'redis://theirs' })).toMatchObject({
    ...{ NATS_URL: 'nats://test', ENGINE_NATS_URL: 'nats://engine@test' },
  });
  expect(envWithTestServers({ ...servers, REDIS_URL: 'redis://theirs' })).not.toHaveProperty('REDIS_URL');
});

it('benchmarks and fault tests, which change and break what they run on, start no other stack', () => {
  const sources = join(repoDir, 'loadtest', 'src');
  const calls = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => readFileSync(join(sources, file), 'utf8').match(/startStack\([^\n]*/g) ?? []);
  expect(calls.length).toBeGreaterThan(4);
  for (const call of calls) expect(call).toMatch(/^startStack\(\{ env: envWithoutServers\(\)|^startStack\(\{ env[ ,]/);
});
