#!/usr/bin/env node
// @ts-check
// Every npm command goes through here. This file and what it imports at its top run on any Node from 20 on, without
// node_modules: it installs and builds what is stale, goes on under the pinned Node, and then runs the command.
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { demoOptions } from './commands/demo-options.mjs';
import { refuseUnknown, startOptions } from './commands/options.mjs';
import { slaOptions } from './commands/sla-options.mjs';
import { failoverHelp } from './drills/failover/failover-options.mjs';
import { upgradeHelp } from './drills/upgrade/upgrade-options.mjs';
import { repoDir } from './machine/paths.mjs';
import { bold, LaunchError, red, terminalLog } from './machine/terminal.mjs';
import { variablesHelp } from './platform/variables.mjs';
import { NODE_MAJOR_MIN, pinnedNode } from './prepare/install.mjs';
import { prepare, refuseWithoutData } from './prepare/prepare.mjs';

/** Tells the second process when the first one began, so that the time shown is the user's. */
const LAUNCHED_AT = 'WALLET_LAUNCHED_AT';

/**
 * @typedef {{
 *   module: string,
 *   needsBuild: boolean,
 *   help: string,
 *   usage?: string,
 *   check?: (args: string[]) => void,
 *   ownHelp?: boolean,
 * }} Command
 *   `check` throws before anything is installed, built or started; without one the module looks at its options itself.
 *   `ownHelp`: the module prints its options.
 */

/** @type {Record<string, Command>} */
const COMMANDS = {
  start: {
    module: './commands/start.mjs',
    needsBuild: true,
    help: 'run the platform here, until Ctrl-C',
    check: startOptions,
    usage: `  --engines N     engines to run (2); ENGINES_ACTIVE says how many of them own partitions
  --gateways N    gateways to run, each at an address of its own (1)
  --no-demo       without demo traffic
  --no-workers    without the workers: no events, alerts and mail; RabbitMQ and the mail inbox run all the same
  --no-restart    leave down what dies

Variables
${variablesHelp()}`,
  },
  demo: {
    module: './commands/demo.mjs',
    needsBuild: false,
    help: 'steer the demo traffic of a running platform, or kill one of its processes',
    check: demoOptions,
    usage: `  --rate N        payments per second, 0 to 20000; 0 is a pause (5)
  --failures P    per cent of them that are refused: they ask for more than their sender has (0.2%)
  --kill NAME     kill a process as a crash would, and tell how it comes back: engine (the one that owns the most
                  partitions), engine-1, gateway-1, workers, mail, nats, redis, postgres, rabbitmq …

Without options it says what the traffic does now. Every npm start begins with the defaults.`,
  },
  dev: {
    module: './commands/dev.mjs',
    needsBuild: false,
    help: 'work on the web pages: they reload as you save, on the data of the running platform',
    check: (args) => refuseUnknown('npm run dev', args, []),
  },
  stop: {
    module: './commands/stop.mjs',
    needsBuild: false,
    help: 'stop a running platform from another terminal',
    check: (args) => refuseUnknown('npm run stop', args, []),
  },
  reset: {
    module: './commands/reset.mjs',
    needsBuild: false,
    help: 'delete all local data (asks first)',
    check: (args) => refuseUnknown('npm run reset', args, ['--yes']),
    usage: `  --yes    do not ask

All of .local goes: wallets, payments, secrets, logs, mails, and what is only made again: tools, downloads, and the builds of other
versions (.local/builds, a folder for each that npm run drill -- upgrade started from; any of them may be deleted at any time).`,
  },
  doctor: {
    module: './commands/doctor.mjs',
    needsBuild: false,
    help: 'check this machine and say what to do',
    check: (args) => refuseUnknown('npm run doctor', args, []),
  },
  test: {
    module: './commands/test.mjs',
    needsBuild: true,
    help: 'lint, build and test on servers that are thrown away afterwards',
    usage: `  FILE …       only the test files with one of these in their path: npm test -- engine/src/ledger
  -t PATTERN   only the tests whose name matches
  Other options are Vitest's: https://vitest.dev/guide/cli

Variables
  TEST_FSYNC=on                                     slower, on servers that wait for the disk as the product's do
  TEST_DATABASE_URL, TEST_REDIS_URL, TEST_NATS_URL, TEST_AMQP_URL
                                                    use this server instead of starting one
  CHROMIUM_PATH                                     the browser of the browser tests (from the PATH, else installed)`,
  },
  soak: {
    module: './commands/test.mjs',
    needsBuild: true,
    help: 'the long tests, on servers that are thrown away afterwards',
    usage: `  FILE …       only the test files with one of these in their path
  -t PATTERN   only the tests whose name matches
  Other options are Vitest's: https://vitest.dev/guide/cli`,
  },
  bench: {
    module: './commands/bench.mjs',
    needsBuild: true,
    help: 'measure payments per second on a platform of its own',
    ownHelp: true,
  },
  sla: {
    module: './commands/sla.mjs',
    needsBuild: false,
    help: 'check the SLA of a running platform with k6',
    check: slaOptions,
    usage: `  single          single payments, 300/s for 60 s (the default)
  batch           batches of 100 payments, 10/s for 60 s
  mixed           70 % reads, payments, holds and refunds, 200 calls/s for 60 s
  spike           100 payments/s, and five times as many for 20 s
  soak            100 payments/s for 30 min

  --rate N        calls begun per second, a whole number
  --duration T    90s, 10m, 1h30m; of spike: how long the spike lasts
  --url U         another platform than the one that runs here; with a service token:
  --token T       or SLA_TOKEN in the environment, where other users of the machine do not see it
  --out FOLDER    where summary.json and junit.xml go (.local/sla/<time>)

The SLA: 95 % of the calls are answered within 200 ms (SLA_P95_MS), fewer than 0.1 % fail, every call begins in time, and what
was acknowledged is in the ledger, once and to the cent. Whatever has no answer is asked again under its key for a minute (SLA_SETTLE_S):
while one stays unknown nothing is proved, and the SLA is broken. It makes 100 wallets that pay and 100 that are paid (SLA_PAIRS), and
leaves them there: the day's figures and digest have its deposits and payments. k6 is taken from the PATH, else built with Go.
Exit code: 0 the SLA is met, 99 it is broken, another: the check could not run.`,
  },
  drill: {
    module: './commands/drill.mjs',
    needsBuild: true,
    help: 'practise a disaster on a platform of its own, and prove that nothing is lost',
    usage: `  restore    back up while payments go on, lose Postgres, restore it to a moment, go on (about a minute)
${failoverHelp}
${upgradeHelp}
  helm       lint and render the chart, and hold each manifest against the schemas of Kubernetes (builds Helm and kubeconform with Go)
  compose    bring docker-compose.yml up, and under load replace every program, kill every service, stop it (five minutes; needs Docker)

Exit code: 0 it passed.`,
  },
  audit: {
    module: './commands/audit.mjs',
    needsBuild: true,
    help: 'prove that the books of the local data balance',
    check(args) {
      refuseUnknown('npm run audit', args, ['--json']);
      refuseWithoutData();
    },
    usage: `  --json    print the report as JSON

With DATABASE_URL in the environment it audits that database and no other, with the user and password that stand there (wallet_audit may read
all that it needs, and nothing else). Without: the platform that runs here, else the data it left. The report begins with what was audited.
Exit code: 0 the books balance, 1 something was found, 2 the audit could not run.`,
  },
};

const npmCommand = (/** @type {string} */ name) => `npm ${name === 'start' || name === 'test' ? '' : 'run '}${name}`;

const HELP = `${bold('Smart Wallet')}

${Object.entries(COMMANDS)
  .map(([name, { help }]) => `  ${npmCommand(name).padEnd(16)} ${help}`)
  .join('\n')}

The options of each: ${npmCommand('start')} -- --help, ${npmCommand('bench')} -- --help …
`;

/** @param {string} name @param {Command} command */
function helpOf(name, { help, usage }) {
  const options = usage ? `usage: ${npmCommand(name)} -- [options]\n\n${usage}` : `usage: ${npmCommand(name)}`;
  return `${help[0]?.toUpperCase()}${help.slice(1)}.\n\n${options}\n${name === 'start' ? `\n${HELP}` : ''}`;
}

async function main() {
  const [name = '--help', ...args] = process.argv.slice(2);
  const command = COMMANDS[name];
  const asksHelp = args.includes('--help') || args.includes('-h');
  if (!command || (asksHelp && !command.ownHelp)) {
    console.log(command ? helpOf(name, command) : HELP);
    return command || name === '--help' || name === '-h' || name === 'help' ? 0 : 1;
  }
  if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
    throw new LaunchError(
      `Smart Wallet needs Node ${NODE_MAJOR_MIN} or later to start, this is ${process.version}: https://nodejs.org`,
    );
  }
  command.check?.(args);
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
