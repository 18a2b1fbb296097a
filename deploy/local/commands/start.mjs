// @ts-check
import { rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { relative } from 'node:path';
import { STEERING_DEFAULT } from '../demo/demo-steering.mjs';
import { demoTraffic, forgetSteering } from '../demo/demo-traffic.mjs';
import { writeAtomically } from '../machine/files.mjs';
import { acquireLock } from '../machine/lock.mjs';
import { localDir, repoDir, stackFile, startLockFile } from '../machine/paths.mjs';
import { GATEWAY_PORT_DEFAULT, nextFreePort, portProblem } from '../machine/ports.mjs';
import { bold, cyan, dim, green, LaunchError, red, terminalLog, yellow } from '../machine/terminal.mjs';
import { fetchDisplayToken } from '../platform/display-token.mjs';
import { enginesInWords } from '../platform/engines-active.mjs';
import { stopLocalLeftovers } from '../platform/leftovers.mjs';
import { seedOpsUsers } from '../platform/ops-users.mjs';
import { startPlatform } from '../platform/platform.mjs';
import { wallboardAddress } from '../platform/running-platform.mjs';
import { checkVariables, similarVariables, withoutEmpty } from '../platform/variables.mjs';
import { alreadyRunning, ensureLocalDir } from '../prepare/prepare.mjs';
import { watchLog } from '../programs/log-watch.mjs';
import { indent } from '../programs/supervise.mjs';
import { ALL_SERVERS } from '../servers/servers.mjs';
import { startOptions } from './options.mjs';

/** One Ctrl-C reaches us several times: from the terminal, and again through npm. */
const SAME_SIGNAL_MS = 1_000;
const INCIDENT_LOG_LINES = 8;
/** The longest that a stop may take, and what follows a second signal: whoever is still there then is killed. */
const STOP_MS_MAX = 55_000;
const HURRIED_STOP_MS_MAX = 5_000;
const LAST_MS = 5_000;

/**
 * @param {string[]} args
 * @param {string} _command
 * @param {number} startedAt milliseconds since the epoch
 */
export async function run(args, _command, startedAt) {
  const options = startOptions(args);
  const { given: env, problems } = await checkVariables(withoutEmpty(process.env));
  process.env = env; // what is started here inherits it
  if (env.WALLET_ENV === 'production') {
    throw new LaunchError(
      'WALLET_ENV is production, and npm start is for development: it makes secrets and a token that may do everything. How to run the programs in production stands in gateway/ACCESS.md.',
    );
  }
  if (problems.length > 0) throw new LaunchError(problems.join('\n  '));
  for (const question of similarVariables(env)) terminalLog.warn(question);
  ensureLocalDir();
  const lock = acquireLock(startLockFile, { user: userInfo().username });
  if (lock.holder) throw new LaunchError(alreadyRunning(lock.holder));
  rmSync(stackFile, { force: true });
  try {
    return await runPlatform({
      ...options,
      env,
      startedAt,
      announce: (url) => lock.update({ user: userInfo().username, url }),
    });
  } finally {
    rmSync(stackFile, { force: true });
    lock.release();
    // It is over: whatever still keeps this process is of no use to anybody.
    setTimeout(() => process.exit(process.exitCode ?? 1), LAST_MS).unref();
  }
}

/**
 * @param {ReturnType<typeof startOptions> & { env: NodeJS.ProcessEnv, startedAt: number, announce: (url: string) => void }} options
 */
async function runPlatform({ env, engines, gateways, restart, demo: withDemo, workers, startedAt, announce }) {
  const stopRequest = new AbortController();
  /** @type {() => void} */
  let hurry = () => {};
  const onSignal = boundedStop({
    begin: () => stopRequest.abort(),
    hurry: () => hurry(),
    end(afterMs) {
      console.error(`${red('✗')} It did not stop within ${afterMs / 1000} s: what is left of it is killed.`);
      rmSync(stackFile, { force: true });
      process.exit(1); // which kills what was started here
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);

  const leftovers = await stopLocalLeftovers(); // one of them may hold the port
  if (leftovers.length > 0) terminalLog.info(`Stopped what an earlier start left running: ${leftovers.join(', ')}.`);
  const gatewayPort = await chooseGatewayPort(env.GATEWAY_PORT);
  forgetSteering();
  /** @type {Running | null} */
  let running = null;
  const describe = () =>
    running && writeAtomically(stackFile, `${JSON.stringify(description(running), null, 2)}\n`, 0o600);
  /** @param {import('../programs/supervise.mjs').Incident} incident */
  const onIncident = ({ kind, message, logEnd }) => {
    const mark = kind === 'restarted' ? green('✓') : red('✗');
    console.log(`${mark} ${message}${kind === 'died' && !restart ? ' and is left down' : ''}`);
    if (logEnd) console.log(dim(indent(logEnd.split('\n').slice(-INCIDENT_LOG_LINES).join('\n'))));
    describe();
  };

  const platform = await startPlatform({
    ...{
      env,
      dataDir: localDir,
      services: ALL_SERVERS,
      engines,
      workers: workers ? 1 : 0,
      mailInbox: true,
      gateways,
      restart,
      gatewayPort,
      onIncident,
    },
    ...{ log: terminalLog, signal: stopRequest.signal },
  });
  const demo = withDemo ? demoTraffic(platform, { restart, onIncident }) : null;
  hurry = () => {
    console.log('  Hurrying.');
    demo?.hurry();
    platform.hurry();
  };

  if (!stopRequest.signal.aborted) {
    await demo?.start().catch((error) => console.log(`${red('✗')} ${error.message}`));
    const [displayToken, ops] = await Promise.all([displayTokenOf(platform), opsUsersOf(platform)]);
    running = { platform, demo, displayToken, ops };
    describe();
    announce(platform.gatewayUrl);
    printSummary(running, (Date.now() - startedAt) / 1000);
    const watched = [...platform.engines, ...platform.gateways, ...platform.workers, ...(demo ? [demo] : [])];
    const watches = watched.map(({ name, logFile }) => watchLog(name, logFile));
    await new Promise((resolve) => {
      if (stopRequest.signal.aborted) resolve(null);
      else stopRequest.signal.addEventListener('abort', resolve, { once: true });
    });
    for (const stopWatching of watches) stopWatching();
  }
  running = null;
  rmSync(stackFile, { force: true });
  console.log();
  await terminalLog.step('Stopping (Ctrl-C again hurries)', async () => {
    await demo?.stop();
    await platform.stop();
  });
  return 0;
}

/**
 * What signals do, from the first moment on: the first one begins a stop, a later one hurries it, and whatever the stop waits for, it ends:
 * a server of somebody else's that went away may keep it waiting for ever.
 * @param {{ begin: () => void, hurry: () => void, end: (afterMs: number) => void, stopMsMax?: number, hurriedStopMsMax?: number }} options
 * @returns {() => void} a signal came
 */
export function boundedStop({ begin, hurry, end, stopMsMax = STOP_MS_MAX, hurriedStopMsMax = HURRIED_STOP_MS_MAX }) {
  /** @type {number | null} */
  let firstAt = null;
  let isHurried = false;
  const endAfter = (/** @type {number} */ ms) => void setTimeout(end, ms, ms).unref();
  return () => {
    if (firstAt === null) {
      firstAt = performance.now();
      endAfter(stopMsMax);
      begin();
    } else if (!isHurried && performance.now() - firstAt > SAME_SIGNAL_MS) {
      isHurried = true;
      endAfter(hurriedStopMsMax);
      hurry();
    }
  };
}

/** Without one the wallboard asks for a token. @param {import('../platform/platform.mjs').Platform} platform */
async function displayTokenOf({ gatewayUrl, token }) {
  try {
    return await fetchDisplayToken(gatewayUrl, token);
  } catch (error) {
    console.log(`${yellow('!')} The wallboard will ask for a token: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

/** Without them nobody signs in. @param {import('../platform/platform.mjs').Platform} platform */
async function opsUsersOf(platform) {
  try {
    return await seedOpsUsers(platform);
  } catch (error) {
    console.log(`${yellow('!')} No users were made: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

/** 0: any free one. @param {string | undefined} wanted of the variable's own rule */
async function chooseGatewayPort(wanted) {
  if (!wanted) return nextFreePort(GATEWAY_PORT_DEFAULT);
  const port = Number(wanted);
  const problem = port === 0 ? null : await portProblem(port);
  if (problem) {
    throw new LaunchError(
      `Port ${port} (GATEWAY_PORT) cannot be used: ${problem}. Set another GATEWAY_PORT, or none: then npm start takes the first free one from ${GATEWAY_PORT_DEFAULT}.`,
    );
  }
  return port;
}

/**
 * @typedef {{
 *   platform: import('../platform/platform.mjs').Platform,
 *   demo: import('../programs/supervise.mjs').Service | null,
 *   displayToken: string | null,
 *   ops: import('../platform/ops-users.mjs').OpsUsers | null,
 * }} Running
 */

/** What tools and tests read. Parts that do not run here are null. @param {Running} running */
function description({ platform, demo, displayToken, ops }) {
  const demoPid = demo?.pid() ?? null;
  return {
    gatewayUrl: platform.gatewayUrl,
    webUrl: wallboardUrl(platform.gatewayUrl),
    displayToken,
    mailUrl: platform.mail?.mailUrl ?? null,
    databaseUrl: platform.databaseUrl,
    redisUrl: platform.stack.redisUrl,
    natsUrl: platform.stack.natsUrl,
    amqpUrl: platform.stack.amqpUrl,
    token: platform.token,
    ops,
    processes: [...platform.processes(), ...(demoPid === null ? [] : [{ name: 'demo', pid: demoPid }])],
  };
}

/** @param {string} gatewayUrl */
function wallboardUrl(gatewayUrl) {
  return `${gatewayUrl}/wallboard`;
}

/**
 * @param {Running} running
 * @param {number} seconds
 */
function printSummary({ platform, demo, displayToken, ops }, seconds) {
  const { engines, enginesActive, gateways, gatewayUrl, mail, token, stack } = platform;
  const addresses = gateways.map(({ url }) => wallboardAddress({ webUrl: wallboardUrl(url), displayToken }));
  const curl = [
    `curl -s ${gatewayUrl}/api/wallets -H 'Authorization: Bearer ${token}'`,
    `-H 'Content-Type: application/json' -d '{"currency":"EUR","status":"ACTIVE"}'`,
  ].join(' ');
  const traffic = demo
    ? `\n  Traffic    ${STEERING_DEFAULT.rate} demo payments/s   ${dim('more: npm run demo -- --rate 500 --failures 2%')}`
    : '';
  console.log(`
${green('●')} ${bold('Smart Wallet is ready')} ${dim(`after ${seconds.toFixed(1)} s`)}

  Wallboard  ${addresses.map((address) => cyan(address)).join('\n             ')}
             ${dim('for a screen on a wall, with ?kiosk=1 before the #: it keeps its token for weeks')}
  Console    ${cyan(`${gatewayUrl}/console`)}   ${dim('sign in as below')}

  API        ${gateways.map(({ url }) => cyan(url)).join(' ')}   ${dim(`docs at ${gatewayUrl}/api/docs`)}
  Token      ${token}${signIns(ops)}${traffic}
  Engines    ${enginesInWords(engines.length, enginesActive)}
  Mail       ${mail ? cyan(mail.mailUrl) : 'through SMTP_URL'}
  Logs       ${relative(repoDir, stack.logsDir)}/
  Stop       Ctrl-C, or: npm run stop

  Open a wallet:
  ${curl}
`);
}

/** @param {Running['ops']} ops */
function signIns(ops) {
  if (ops === null) return '';
  const lines = [ops, ops.operator].map(
    ({ email, password }) => `${email}   ${password ?? dim('(its password was changed)')}`,
  );
  return `\n  Sign in    ${lines.join('\n             ')}`;
}
