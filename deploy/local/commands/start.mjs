// @ts-check
import { rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { relative } from 'node:path';
import { writeAtomically } from '../files.mjs';
import { stopLocalLeftovers } from '../leftovers.mjs';
import { acquireLock } from '../lock.mjs';
import { watchLog } from '../log-watch.mjs';
import { startOptions } from '../options.mjs';
import { localDir, repoDir, stackFile, startLockFile } from '../paths.mjs';
import { startPlatform } from '../platform.mjs';
import { GATEWAY_PORT_DEFAULT, isPort, nextFreePort, portProblem } from '../ports.mjs';
import { alreadyRunning, ensureLocalDir } from '../prepare.mjs';
import { indent } from '../supervise.mjs';
import { bold, cyan, dim, green, LaunchError, red, terminalLog } from '../terminal.mjs';

/** One Ctrl-C reaches us several times: from the terminal, and again through npm. */
const SAME_SIGNAL_MS = 1_000;
const INCIDENT_LOG_LINES = 8;

/**
 * @param {string[]} args
 * @param {string} _command
 * @param {number} startedAt milliseconds since the epoch
 */
export async function run(args, _command, startedAt) {
  const { workers, restart } = startOptions(args);
  ensureLocalDir();
  const lock = acquireLock(startLockFile, { user: userInfo().username });
  if (lock.holder) throw new LaunchError(alreadyRunning(lock.holder));
  rmSync(stackFile, { force: true });
  try {
    return await runPlatform({
      workers,
      restart,
      startedAt,
      announce: (url) => lock.update({ user: userInfo().username, url }),
    });
  } finally {
    rmSync(stackFile, { force: true });
    lock.release();
  }
}

/**
 * @param {{ workers: number, restart: boolean, startedAt: number, announce: (url: string) => void }} options
 */
async function runPlatform({ workers, restart, startedAt, announce }) {
  const stopRequest = new AbortController();
  /** @type {() => void} */
  let hurry = () => {};
  let firstSignalAt = 0;
  const onSignal = () => {
    if (!stopRequest.signal.aborted) {
      firstSignalAt = performance.now();
      stopRequest.abort();
    } else if (performance.now() - firstSignalAt > SAME_SIGNAL_MS) {
      hurry();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);

  const leftovers = await stopLocalLeftovers(); // one of them may hold the port
  if (leftovers.length > 0) terminalLog.info(`Stopped what an earlier start left running: ${leftovers.join(', ')}.`);
  const gatewayPort = await chooseGatewayPort();
  /** @type {import('../platform.mjs').Platform | null} */
  let platform = null;
  const describe = () =>
    platform && writeAtomically(stackFile, `${JSON.stringify(description(platform), null, 2)}\n`, 0o600);

  platform = await startPlatform({
    ...{ dataDir: localDir, workers, restart, gatewayPort, log: terminalLog, signal: stopRequest.signal },
    onIncident: ({ kind, message, logEnd }) => {
      const mark = kind === 'restarted' ? green('✓') : red('✗');
      console.log(`${mark} ${message}${kind === 'died' && !restart ? ' and is left down' : ''}`);
      if (logEnd) console.log(dim(indent(logEnd.split('\n').slice(-INCIDENT_LOG_LINES).join('\n'))));
      describe();
    },
  });
  hurry = () => {
    console.log('  Hurrying.');
    platform?.hurry();
  };

  if (!stopRequest.signal.aborted) {
    describe();
    announce(platform.gatewayUrl);
    printSummary(platform, (Date.now() - startedAt) / 1000);
    const watches = [...platform.workers, ...platform.gateways].map(({ name, logFile }) => watchLog(name, logFile));
    await new Promise((resolve) => {
      if (stopRequest.signal.aborted) resolve(null);
      else stopRequest.signal.addEventListener('abort', resolve, { once: true });
    });
    for (const stopWatching of watches) stopWatching();
  }
  rmSync(stackFile, { force: true });
  console.log();
  await terminalLog.step('Stopping (Ctrl-C again hurries)', () =>
    /** @type {import('../platform.mjs').Platform} */ (platform).stop(),
  );
  return 0;
}

async function chooseGatewayPort() {
  const wanted = process.env.GATEWAY_PORT;
  if (!wanted) return nextFreePort(GATEWAY_PORT_DEFAULT);
  const port = Number(wanted);
  if (!isPort(port)) throw new LaunchError(`GATEWAY_PORT must be a port number, not "${wanted}".`);
  const problem = await portProblem(port);
  if (problem) {
    throw new LaunchError(
      `Port ${port} (GATEWAY_PORT) cannot be used: ${problem}. Set another GATEWAY_PORT, or none: then npm start takes the first free one from ${GATEWAY_PORT_DEFAULT}.`,
    );
  }
  return port;
}

/** What tools and tests read. Parts that do not run here are null. @param {import('../platform.mjs').Platform} platform */
function description(platform) {
  return {
    gatewayUrl: platform.gatewayUrl,
    webUrl: null,
    mailUrl: null,
    databaseUrl: platform.databaseUrl,
    redisUrl: platform.stack.redisUrl,
    natsUrl: platform.stack.natsUrl,
    amqpUrl: null,
    token: platform.token,
    ops: null,
    processes: platform.processes(),
  };
}

/**
 * @param {import('../platform.mjs').Platform} platform
 * @param {number} seconds
 */
function printSummary({ gatewayUrl, token, stack }, seconds) {
  const curl = [
    `curl -s ${gatewayUrl}/api/wallets -H 'Authorization: Bearer ${token}'`,
    `-H 'Content-Type: application/json' -d '{"currency":"EUR","status":"ACTIVE"}'`,
  ].join(' ');
  console.log(`
${green('●')} ${bold('Smart Wallet is ready')} ${dim(`after ${seconds.toFixed(1)} s`)}

  API     ${cyan(gatewayUrl)}   ${dim(`docs at ${gatewayUrl}/api/docs`)}
  Token   ${token}
  Logs    ${relative(repoDir, stack.logsDir)}/
  Stop    Ctrl-C, or: npm run stop

  Open a wallet:
  ${curl}
`);
}
