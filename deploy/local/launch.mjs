#!/usr/bin/env node
// @ts-check
// Every npm command goes through here. This file and what it imports at its top run on any Node from 20 on, without
// node_modules: it installs and builds what is stale, goes on under the pinned Node, and then runs the command.
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { repoDir } from './paths.mjs';
import { pinnedNode, prepare } from './prepare.mjs';
import { bold, LaunchError, red, terminalLog } from './terminal.mjs';

const NODE_MAJOR_MIN = 20;
/** Tells the second process when the first one began, so that the time shown is the user's. */
const LAUNCHED_AT = 'WALLET_LAUNCHED_AT';

/** @type {Record<string, { module: string, needsBuild: boolean, help: string }>} */
const COMMANDS = {
  start: { module: './commands/start.mjs', needsBuild: true, help: 'run the platform here, until Ctrl-C' },
  stop: { module: './commands/stop.mjs', needsBuild: false, help: 'stop a running platform from another terminal' },
  reset: {
    module: './commands/reset.mjs',
    needsBuild: false,
    help: 'delete all local data (asks first; --yes does not)',
  },
  doctor: { module: './commands/doctor.mjs', needsBuild: false, help: 'check this machine and say what to do' },
  test: {
    module: './commands/test.mjs',
    needsBuild: true,
    help: 'lint, build and test on a throw-away stack; a name picks tests',
  },
  soak: { module: './commands/test.mjs', needsBuild: true, help: 'the long tests, on a throw-away stack' },
  bench: {
    module: './commands/bench.mjs',
    needsBuild: true,
    help: 'measure payments per second on a throw-away stack',
  },
  audit: { module: './commands/audit.mjs', needsBuild: true, help: 'prove that the books of the local data balance' },
};

const HELP = `${bold('Smart Wallet')}

${Object.entries(COMMANDS)
  .map(
    ([name, { help }]) =>
      `  npm ${`${name === 'start' || name === 'test' || name === 'stop' ? '' : 'run '}${name}`.padEnd(12)} ${help}`,
  )
  .join('\n')}

  npm start -- --workers N     engine workers to run (2)
  npm start -- --no-restart    leave down what dies

  GATEWAY_PORT                        the API's port (3000, or the next free one)
  GATEWAY_TOKEN                       the API's development token (generated)
  LOG_LEVEL                           how much the programs log (info)
  DATABASE_URL, REDIS_URL, NATS_URL   use this server instead of starting one
  WALLET_LOCAL_DIR                    where data, logs and secrets are kept (.local)
`;

async function main() {
  const [name = '--help', ...args] = process.argv.slice(2);
  const command = COMMANDS[name];
  if (!command || args.includes('--help') || args.includes('-h')) {
    console.log(HELP);
    return command || name === '--help' || name === '-h' || name === 'help' ? 0 : 1;
  }
  if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
    throw new LaunchError(
      `Smart Wallet needs Node ${NODE_MAJOR_MIN} or later to start, this is ${process.version}: https://nodejs.org`,
    );
  }
  process.chdir(repoDir);
  if (command.needsBuild) {
    await prepare(terminalLog);
    const node = pinnedNode();
    if (realpathSync(process.execPath) !== realpathSync(node)) return runUnder(node);
  }
  const { run } = await import(command.module);
  const launchedAt = Number(process.env[LAUNCHED_AT] ?? performance.timeOrigin);
  delete process.env[LAUNCHED_AT];
  return run(args, name, launchedAt);
}

/**
 * @param {string} node
 * @returns {Promise<number>}
 */
function runUnder(node) {
  const env = { ...process.env, [LAUNCHED_AT]: String(performance.timeOrigin) };
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit', env });
  const forward = (/** @type {NodeJS.Signals} */ signal) => void child.kill(signal);
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

// A terminal that closed must not keep us from stopping cleanly.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(`\n${red('✗')} ${error instanceof LaunchError ? error.message : (error?.stack ?? error)}`);
    process.exitCode = 1;
  },
);
