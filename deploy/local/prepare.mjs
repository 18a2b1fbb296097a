// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { endOfFile, readJson, removeIfEmpty } from './files.mjs';
import { acquireLock, lockHolder } from './lock.mjs';
import { localDir, prepareDir, prepareLockFile, repoDir, startLockFile } from './paths.mjs';
import { LaunchError } from './terminal.mjs';

/** What installing and launching need; the platform runs on the pinned one. */
export const NODE_MAJOR_MIN = 20;
const modulesDir = join(repoDir, 'node_modules');
const installStamp = join(modulesDir, '.smart-wallet-install');
const buildStamp = join(prepareDir, 'cache', 'build');
/** In the order in which they need each other. */
const BUILD_PROJECTS = ['deploy/local', '.'];
const BUILD_OUTPUTS = ['deploy/local', 'engine', 'gateway', 'loadtest'].map((name) => join(repoDir, name, 'dist'));

/** The Node that the platform runs on, whatever the machine has. */
export function pinnedNode() {
  return join(modulesDir, 'node', 'bin', 'node');
}

/**
 * Installs and builds what is stale. One launch at a time: the others wait, and then find it done.
 * @param {import('./terminal.mjs').Log} log
 */
export async function prepare(log) {
  if (!installIsStale() && !buildIsStale()) return;
  ensureWritable(prepareDir);
  const release = await waitForLock(log);
  try {
    if (installIsStale()) await install(log);
    if (buildIsStale()) await compile(log);
  } finally {
    release();
  }
}

/** Stops an audit that has nothing to look at, before it installs or builds anything. */
export function refuseWithoutData() {
  if (process.env.DATABASE_URL || existsSync(join(localDir, 'postgres')) || lockHolder(startLockFile)) return;
  throw new LaunchError('There are no local data to audit yet. Make some: npm start');
}

/** Makes the folder of local data, or says why it cannot. */
export function ensureLocalDir() {
  ensureWritable(localDir);
}

/** @param {string} folder */
function ensureWritable(folder) {
  try {
    mkdirSync(join(folder, 'run'), { recursive: true, mode: 0o755 });
    const probe = join(folder, 'run', `writable.${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    const holder = lockHolder(startLockFile);
    if (holder) throw new LaunchError(alreadyRunning(holder));
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'ENOSPC') throw new LaunchError('The disk is full.');
    throw new LaunchError(
      `${userInfo().username} may not write to ${folder} (${code}): it belongs to another user, perhaps because Smart Wallet was first started as root. Start it as that user, or give the folder away: chown -R ${userInfo().username} ${repoDir}`,
    );
  }
}

/** @param {import('./lock.mjs').LockHolder} holder */
export function alreadyRunning(holder) {
  if (holder.command)
    return `npm run ${holder.command} is at work here (pid ${holder.pid}, started by ${holder.user}). Wait for it.`;
  const where = holder.url ? ` at ${holder.url}` : ' (still starting)';
  return `Smart Wallet is already running${where}: pid ${holder.pid}, started by ${holder.user}. Stop it with: npm run stop`;
}

/** @param {import('./terminal.mjs').Log} log */
async function waitForLock(log) {
  let told = false;
  while (true) {
    const lock = acquireLock(prepareLockFile);
    if (!lock.holder) return lock.release;
    if (!told) log.info(`Another launch (pid ${lock.holder.pid}) is installing or building; waiting for it.`);
    told = true;
    await new Promise((done) => setTimeout(done, 300));
  }
}

function lockFileHash() {
  const hash = createHash('sha256').update(readFileSync(join(repoDir, 'package-lock.json')));
  return hash.update(`${process.platform}-${process.arch}`).digest('hex');
}

function installIsStale() {
  if (!existsSync(pinnedNode())) return true;
  const hash = lockFileHash();
  if (existsSync(installStamp) && readFileSync(installStamp, 'utf8') === hash) return false;
  if (!installedMatchesLock()) return true;
  writeFileSync(installStamp, hash); // somebody ran npm install by hand
  return false;
}

/** npm writes what it installed when it has finished, in the format of the lock file. */
function installedMatchesLock() {
  const installed = readJson(join(modulesDir, '.package-lock.json'))?.packages;
  const wanted = readJson(join(repoDir, 'package-lock.json'))?.packages;
  if (!installed || !wanted) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true; // the workspaces themselves
    if (!installed[path]) return entry.optional === true;
    return installed[path].version === entry.version && installed[path].integrity === entry.integrity;
  });
}

/** @param {import('./terminal.mjs').Log} log */
async function install(log) {
  const holder = lockHolder(startLockFile);
  if (holder)
    throw new LaunchError(
      `The dependencies have changed, and cannot be replaced under a running platform. First: npm run stop`,
    );
  // SCARF_ANALYTICS: an install script of a dependency's dependency would report to its makers.
  const env = { ...process.env, PATH: pathWithout(join(modulesDir, '.bin')), SCARF_ANALYTICS: 'false' };
  const found = spawnSync('npm', ['--version'], { env, encoding: 'utf8' });
  if (found.status !== 0)
    throw new LaunchError('npm was not found on the PATH. It comes with Node: https://nodejs.org');
  rmSync(installStamp, { force: true });
  const first = !existsSync(join(modulesDir, '.package-lock.json'));
  await log.step(`Installing packages${first ? ' (this takes a minute the first time)' : ''}`, async () => {
    const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--engine-strict=false', '--loglevel=warn'];
    await runLogged('npm', args, {
      env,
      logName: 'install',
      failure: 'Installing packages failed; the next run starts over',
    });
    await fetchPinnedNode(env);
  });
  writeFileSync(installStamp, lockFileHash());
}

/**
 * The package `node` fetches its binary in an install script; npm may have been told to run no scripts.
 * @param {NodeJS.ProcessEnv} env
 */
async function fetchPinnedNode(env) {
  if (!existsSync(pinnedNode())) {
    const cwd = join(modulesDir, 'node');
    const failure = 'Fetching the pinned Node failed';
    await runLogged(process.execPath, ['installArchSpecificPackage.js'], {
      env,
      cwd,
      logName: 'install-node',
      failure,
    });
  }
  const ran = spawnSync(pinnedNode(), ['--version'], { encoding: 'utf8' });
  if (ran.status !== 0) {
    rmSync(pinnedNode(), { force: true });
    throw new LaunchError(`The pinned Node does not run on this machine: ${ran.error?.message ?? ran.stderr}`);
  }
}

/** npm must run on the machine's Node: the pinned one is among the packages that it replaces. @param {string} folder */
function pathWithout(folder) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => entry !== folder)
    .join(delimiter);
}

function buildIsStale() {
  if (!BUILD_OUTPUTS.every((output) => existsSync(join(output, '.tsbuildinfo')))) return true;
  return !existsSync(buildStamp) || readFileSync(buildStamp, 'utf8') !== sourcesFingerprint();
}

/** Names, sizes and times of all that the compiler reads of ours. */
function sourcesFingerprint() {
  const hash = createHash('sha256').update(lockFileHash());
  const visit = (/** @type {string} */ path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory()) {
      for (const entry of readdirSync(path).sort())
        if (entry !== 'dist' && entry !== 'node_modules') visit(join(path, entry));
    } else if (/\.([cm]?[jt]sx?|json)$/.test(path)) hash.update(`${path}:${stat.size}:${stat.mtimeMs}\n`);
  };
  for (const root of ['tsconfig.json', 'tsconfig.base.json']) visit(join(repoDir, root));
  for (const output of BUILD_OUTPUTS) visit(dirname(output));
  return hash.digest('hex');
}

/** @param {import('./terminal.mjs').Log} log */
async function compile(log) {
  const fingerprint = sourcesFingerprint();
  await log.step('Building', async () => {
    const args = [join(modulesDir, 'typescript', 'bin', 'tsc'), '-b', ...BUILD_PROJECTS];
    await runLogged(pinnedNode(), args, { logName: 'build', failure: 'The build failed', lines: 40 });
  });
  mkdirSync(dirname(buildStamp), { recursive: true });
  writeFileSync(buildStamp, fingerprint);
}

/**
 * Runs a command with its output in a log that is shown only when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, logName: string, failure: string, lines?: number }} options
 */
async function runLogged(command, args, { env = process.env, cwd = repoDir, logName, failure, lines = 15 }) {
  const logFile = join(prepareDir, 'logs', `${logName}.log`);
  mkdirSync(dirname(logFile), { recursive: true });
  const output = openSync(logFile, 'w', 0o600);
  const child = spawn(command, args, { env, cwd, stdio: ['ignore', output, output] });
  closeSync(output);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status, signal) => resolve(status ?? signal));
  });
  if (code === 0) return removeIfEmpty(logFile);
  const end = endOfFile(logFile, lines + 50)
    .split('\n')
    .filter((line) => !line.includes('EBADENGINE') && !line.startsWith('npm warn deprecated'))
    .slice(-lines)
    .map((line) => `    ${line}`);
  throw new LaunchError(`${failure}.\n${end.join('\n')}\n  Log: ${logFile}`);
}
