// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { totalmem, userInfo } from 'node:os';
import { delimiter, join, sep } from 'node:path';
import { findBinary } from '../machine/binaries.mjs';
import { isAlive } from '../machine/identity.mjs';
import { lockHolder } from '../machine/lock.mjs';
import { localDir, repoDir, stackFile, startLockFile } from '../machine/paths.mjs';
import { GATEWAY_PORT_DEFAULT, isPort, nextFreePort, portProblem } from '../machine/ports.mjs';
import { bold, dim, green, red, yellow } from '../machine/terminal.mjs';
import { checkVariables, similarVariables, withoutEmpty } from '../platform/variables.mjs';
import { NODE_MAJOR_MIN, pinnedNode } from '../prepare/install.mjs';
import { ensureLocalDir } from '../prepare/prepare.mjs';
import { dockerAnswers } from '../servers/docker.mjs';
import { findServer } from '../servers/packages.mjs';
import { SERVERS } from '../servers/servers.mjs';
import { chromiumVersion, findChromium } from '../testing/chromium.mjs';

const DISK_MIN_BYTES = 3 * 1024 ** 3;
const READY_ANSWER_TIMEOUT_MS = 3_000;
const MEMORY_MIN_BYTES = 2 * 1024 ** 3;

/** @typedef {import('../servers/server.mjs').Finding} Finding */

/** Looks at all that Smart Wallet needs; 1 when something must be done first. */
export async function run() {
  console.log(`\n${bold('Smart Wallet on this machine')}\n`);
  const marks = { good: green('✓'), warning: yellow('!'), bad: red('✗') };
  let bad = 0;
  for (const check of [machine, node, packages, servers, browser, variables, ports, memory, disk, localData, running]) {
    for (const { state, what, advice } of [await check()].flat()) {
      console.log(`${marks[state]} ${what}`);
      if (advice) console.log(dim(`  → ${advice}`));
      if (state === 'bad') bad += 1;
    }
  }
  const things = bad === 1 ? 'One thing' : `${bad} things`;
  if (bad > 0) console.log(`\n  ${things} to do${lockHolder(startLockFile) ? '' : ' before npm start'}.\n`);
  else console.log(lockHolder(startLockFile) ? '\n  Nothing to do.\n' : '\n  Ready: npm start\n');
  return bad === 0 ? 0 : 1;
}

/** @returns {Finding} */
function machine() {
  const what = `${process.platform}-${process.arch}, user ${userInfo().username}`;
  const known = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'].includes(
    `${process.platform}-${process.arch}`,
  );
  return known
    ? { state: 'good', what }
    : {
        state: 'bad',
        what,
        advice: 'Postgres is bundled for Linux and macOS on x64 and arm64. Elsewhere set DATABASE_URL.',
      };
}

/** @returns {Finding[]} */
function node() {
  const npm = spawnSync('npm', ['--version'], { encoding: 'utf8' });
  return [
    launchingNode(),
    npm.status === 0
      ? { state: 'good', what: `npm ${npm.stdout.trim()}` }
      : { state: 'bad', what: 'npm is missing', advice: 'Install Node with npm: https://nodejs.org' },
  ];
}

/**
 * The user's own Node. npm puts the packages' programs first on the PATH, and the pinned Node is one of them.
 * @returns {Finding}
 */
function launchingNode() {
  const own = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder && !folder.split(sep).includes('node_modules'))
    .map((folder) => join(folder, 'node'))
    .find((path) => existsSync(path));
  if (!own) return { state: 'good', what: `Node ${process.version} to launch with (${process.execPath})` };
  const found = spawnSync(own, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  const what = `Node ${found} to launch with (${own})`;
  if (Number(/^v(\d+)/.exec(found)?.[1]) >= NODE_MAJOR_MIN) return { state: 'good', what };
  return { state: 'bad', what, advice: `Install Node ${NODE_MAJOR_MIN} or later: https://nodejs.org` };
}

/** @returns {Finding} */
function packages() {
  if (!existsSync(pinnedNode()))
    return { state: 'warning', what: 'Packages are not installed yet', advice: 'npm start installs them' };
  const { status, stdout } = spawnSync(pinnedNode(), ['--version'], { encoding: 'utf8' });
  return status === 0
    ? { state: 'good', what: `Node ${stdout.trim()} to run on (node package)` }
    : { state: 'bad', what: 'The pinned Node does not run', advice: 'rm -rf node_modules, then npm start' };
}

/** @returns {Finding[]} */
function servers() {
  return SERVERS.map((server) => {
    if (process.env[server.variable])
      return { state: 'good', what: `${server.title}: ${server.variable} from the environment` };
    return server.install ? installed(server.variable, server.install) : server.check();
  });
}

/**
 * @param {string} variable
 * @param {import('../servers/server.mjs').InstallableServer} install
 * @returns {Finding}
 */
function installed(variable, install) {
  const path = findServer(install);
  if (path) return { state: 'good', what: `${(install.version ?? version)(path)} (${path})` };
  const what = `${install.debian} is missing`;
  if (mayInstall()) return { state: 'warning', what, advice: 'npm start installs it with apt-get' };
  if (dockerAnswers()) return { state: 'warning', what, advice: 'npm start runs it in Docker' };
  return { state: 'bad', what, advice: `Install it (Debian: apt-get install ${install.debian}), or set ${variable}` };
}

function mayInstall() {
  return findBinary('apt-get') && (process.getuid?.() === 0 || findBinary('sudo'));
}

/** Only tests need one: without it the platform runs. @returns {Finding} */
function browser() {
  let path;
  try {
    path = findChromium();
  } catch (error) {
    return { state: 'warning', what: error instanceof Error ? error.message : String(error), advice: 'Leave it out' };
  }
  if (path) {
    const found = chromiumVersion(path);
    return found
      ? { state: 'good', what: `${found} for the browser tests (${path})` }
      : { state: 'warning', what: `${path} does not run`, advice: 'The browser tests need it: set CHROMIUM_PATH' };
  }
  return {
    state: 'warning',
    what: 'Chromium is missing, which only the browser tests need',
    advice: mayInstall() ? 'npm test installs it with apt-get' : 'Install it, or set CHROMIUM_PATH',
  };
}

/** @param {string} path */
function version(path) {
  const { stdout, stderr } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return (
    `${stdout}${stderr}`
      .trim()
      .split('\n')[0]
      ?.replace(/ sha=.*/, '') ?? path
  );
}

/** @returns {Promise<Finding[]>} */
async function variables() {
  const { problems } = await checkVariables(withoutEmpty(process.env));
  return [
    ...problems.map((what) => /** @type {Finding} */ ({ state: 'bad', what, advice: 'Set it so, or leave it out' })),
    ...similarVariables(process.env).map((what) => /** @type {Finding} */ ({ state: 'warning', what })),
  ];
}

/** @returns {Promise<Finding[]>} */
async function ports() {
  if (lockHolder(startLockFile)) return []; // the running platform has it
  const wanted = Number(process.env.GATEWAY_PORT || GATEWAY_PORT_DEFAULT);
  if (!isPort(wanted) && wanted !== 0) return []; // said with the variables
  if (wanted === 0) {
    return [{ state: 'good', what: 'The API takes any free port (GATEWAY_PORT is 0)' }];
  }
  const problem = await portProblem(wanted);
  if (!problem) return [{ state: 'good', what: `Port ${wanted} is free for the API` }];
  const what = `Port ${wanted} cannot be used: ${problem}`;
  if (process.env.GATEWAY_PORT) return [{ state: 'bad', what, advice: 'Set another GATEWAY_PORT, or leave it out' }];
  const free = await nextFreePort(wanted).catch(() => null);
  return free
    ? [{ state: 'warning', what, advice: `npm start takes ${free}; GATEWAY_PORT chooses another` }]
    : [{ state: 'bad', what, advice: 'Set GATEWAY_PORT to a free port' }];
}

/** @returns {Finding} */
function memory() {
  const bytes = Math.min(totalmem(), process.constrainedMemory?.() || Number.POSITIVE_INFINITY);
  const what = `${gigabytes(bytes)} of memory`;
  return bytes >= MEMORY_MIN_BYTES
    ? { state: 'good', what }
    : { state: 'warning', what, advice: '2 GB are comfortable' };
}

/** @returns {Finding} */
function disk() {
  const { bavail, bsize } = statfsSync(repoDir);
  const what = `${gigabytes(bavail * bsize)} of free disk`;
  return bavail * bsize >= DISK_MIN_BYTES
    ? { state: 'good', what }
    : { state: 'bad', what, advice: 'Packages and data need about 3 GB' };
}

/** @returns {Finding[]} */
function localData() {
  try {
    ensureLocalDir();
  } catch (error) {
    if (lockHolder(startLockFile)) return [];
    return [
      {
        state: 'bad',
        what: 'The local data cannot be written',
        advice: error instanceof Error ? error.message : String(error),
      },
    ];
  }
  /** @type {Finding[]} */
  const findings = [
    { state: 'good', what: `Local data in ${localDir}${existsSync(join(localDir, 'postgres')) ? '' : ' (none yet)'}` },
  ];
  const secrets = statSync(join(localDir, 'secrets.json'), { throwIfNoEntry: false });
  if (secrets && secrets.mode & 0o077) {
    findings.push({
      state: 'warning',
      what: 'Others may read .local/secrets.json',
      advice: 'chmod 600 .local/secrets.json',
    });
  }
  return findings;
}

/** @returns {Promise<Finding>} */
async function running() {
  const holder = lockHolder(startLockFile);
  if (holder) {
    const starter = `pid ${holder.pid}, started by ${holder.user}`;
    if (holder.command) return { state: 'good', what: `npm run ${holder.command} is at work: ${starter}` };
    if (!holder.url) return { state: 'warning', what: `Starting or stopping: ${starter}`, advice: 'Ask again soon' };
    const { ready, problem } = await askReady(String(holder.url));
    const what = `Running at ${holder.url} (${[ready ? 'ready' : 'not ready', problem].filter(Boolean).join(': ')}), ${starter}`;
    if (ready && !problem) return { state: 'good', what };
    return {
      state: ready ? 'warning' : 'bad',
      what,
      advice: `What dies is started again by itself. If this stays, look into ${join(localDir, 'logs')}`,
    };
  }
  const runDir = join(localDir, 'run');
  const left = existsSync(runDir) ? readdirSync(runDir).filter((file) => isLeftRunning(join(runDir, file))) : [];
  if (left.length > 0 || existsSync(stackFile)) {
    const names = left.map((file) => file.replace('.process.json', '')).join(', ');
    return {
      state: 'warning',
      what: `An earlier start was killed${names ? ` and left running: ${names}` : ''}`,
      advice: 'npm run stop clears it; so does npm start',
    };
  }
  return { state: 'good', what: 'Nothing is left from an earlier start' };
}

/**
 * Whether the platform takes payments, and what is wrong with it. Without some servers it is ready, but slower.
 * @param {string} url
 */
async function askReady(url) {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(READY_ANSWER_TIMEOUT_MS) });
    const { status, checks = {} } = /** @type {any} */ (await response.json());
    const failed = Object.entries(checks).filter(([, reason]) => reason !== 'ok');
    const problem = failed.map(([name, reason]) => `${name}: ${reason}`).join('; ');
    const ready = response.status === 200;
    return { ready, problem: ready ? problem : problem || String(status ?? response.status) };
  } catch (error) {
    const { name, message, cause } = /** @type {Error & { cause?: { code?: string } }} */ (error);
    return { ready: false, problem: name === 'TimeoutError' ? 'no answer' : (cause?.code ?? message) };
  }
}

/** @param {string} file */
function isLeftRunning(file) {
  if (!file.endsWith('.process.json')) return false;
  const record = JSON.parse(readFileSync(file, 'utf8'));
  return isAlive(record);
}

/** @param {number} bytes */
function gigabytes(bytes) {
  return `${(bytes / 1024 ** 3).toFixed(1)} GB`;
}
