// @ts-check
import { runScript } from '../run-script.mjs';
import { startStack } from '../stack.mjs';
import { LaunchError, terminalLog } from '../terminal.mjs';

/**
 * Lints, then tests on real servers that are thrown away afterwards. Each test file makes its own database.
 * @param {string[]} args passed on to vitest
 * @param {string} command `test` or `soak`
 */
export async function run(args, command) {
  const lint = await terminalLog.step('Linting', () =>
    runScript('node_modules/@biomejs/biome/bin/biome', ['check', '.']),
  );
  if (lint !== 0) throw new LaunchError('The lint failed. `npm run format` repairs what can be repaired.');

  const durable = process.env.TEST_FSYNC !== 'off';
  const stack = await startStack({ log: terminalLog, durable, env: externalServers() });
  try {
    return await runScript('node_modules/vitest/vitest.mjs', ['run', ...args], {
      TEST_DATABASE_URL: stack.databaseUrl,
      TEST_REDIS_URL: stack.redisUrl,
      TEST_NATS_URL: stack.natsUrl,
      ...(command === 'soak' ? { WALLET_SOAK: '1' } : {}),
    });
  } finally {
    await stack.stop();
  }
}

/** Tests create and break things: they use only servers that were meant for them. */
function externalServers() {
  const { TEST_DATABASE_URL, TEST_REDIS_URL, TEST_NATS_URL } = process.env;
  return { DATABASE_URL: TEST_DATABASE_URL, REDIS_URL: TEST_REDIS_URL, NATS_URL: TEST_NATS_URL };
}
