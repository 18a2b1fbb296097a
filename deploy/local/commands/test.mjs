// @ts-check
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prepareDir, repoDir } from '../machine/paths.mjs';
import { LaunchError, terminalLog } from '../machine/terminal.mjs';
import { startStack } from '../platform/stack.mjs';
import { runScript } from '../programs/run-script.mjs';
import { serverVariables } from '../servers/server-variables.mjs';
import { ALL_SERVERS } from '../servers/servers.mjs';
import { provideChromium } from '../testing/chromium.mjs';
import { unknownOption } from './options.mjs';

const VITEST = join(repoDir, 'node_modules', 'vitest', 'vitest.mjs');
/** What Node compiled, it finds there: hundreds of test files and programs load the same modules. A fifth of a unit test's time. */
const COMPILED = join(prepareDir, 'cache', 'compiled');

/**
 * Lints, then tests on real servers that are thrown away afterwards. Each test file makes its own database.
 * @param {string[]} args passed on to vitest
 * @param {string} command `test` or `soak`
 */
export async function run(args, command) {
  const soak = command === 'soak' ? { WALLET_SOAK: '1' } : {};
  const files = selectedFiles(args, command, soak);
  const lint = await terminalLog.step('Linting', () =>
    runScript('node_modules/@biomejs/biome/bin/biome', ['check', '.']),
  );
  if (lint !== 0) throw new LaunchError('The lint failed. `npm run format` repairs what can be repaired.');

  const browser = files.some(needsBrowser) ? { TEST_CHROMIUM: await provideChromium(terminalLog) } : {};
  // They copy and drop hundreds of databases, and none of them is there after the machine has failed.
  const durable = process.env.TEST_FSYNC === 'on';
  const stack = await startStack({ services: ALL_SERVERS, log: terminalLog, durable, env: externalServers() });
  try {
    return await runScript('node_modules/vitest/vitest.mjs', ['run', ...args], {
      NODE_COMPILE_CACHE: COMPILED,
      ...forTests(stack.environment()),
      ...soak,
      ...browser,
    });
  } finally {
    await stack.stop();
  }
}

/** `x.browser.test.ts`, `x.browser.soak.test.ts` @param {string} file */
function needsBrowser(file) {
  return /\.browser\.(soak\.)?test\.\w+$/.test(file);
}

/**
 * Asks Vitest which files it would run: it takes a second, and the rest takes minutes.
 * @param {string[]} args
 * @param {string} command
 * @param {Record<string, string>} variables
 */
function selectedFiles(args, command, variables) {
  const listed = spawnSync(process.execPath, [VITEST, 'list', '--filesOnly', ...args], {
    ...{ cwd: repoDir, encoding: 'utf8', env: { ...process.env, ...variables, NO_COLOR: '1' } },
  });
  const npmCommand = command === 'test' ? 'npm test' : `npm run ${command}`;
  const unknown = /Unknown option `([^`]*)`/.exec(listed.stderr)?.[1];
  if (unknown) throw unknownOption(npmCommand, unknown);
  if (listed.status !== 0) {
    const reason = /^\w*Error: .*$/m.exec(listed.stderr)?.[0] ?? listed.stderr.trim().split('\n')[0];
    throw new LaunchError(`Vitest cannot run "${args.join(' ')}": ${reason}`);
  }
  const files = listed.stdout.trim().split('\n').filter(Boolean);
  if (files.length === 0) {
    const names = args.filter((arg) => !arg.startsWith('-'));
    throw new LaunchError(`no test file matches ${names.join(' ')}`);
  }
  return files;
}

/** Tests create and break things: they use only servers that were meant for them. */
function externalServers() {
  return Object.fromEntries(serverVariables().map((variable) => [variable, process.env[`TEST_${variable}`]]));
}

/** `TEST_REDIS_URL`, and with the login of a program `TEST_ENGINE_REDIS_URL`. @param {Record<string, string>} variables */
function forTests(variables) {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [`TEST_${name}`, value]));
}
