// @ts-check
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { readJson } from '../machine/files.mjs';
import { lockHolder } from '../machine/lock.mjs';
import { modulesDir, repoDir, startLockFile } from '../machine/paths.mjs';
import { LaunchError } from '../machine/terminal.mjs';
import { runLogged } from './run-logged.mjs';

/** What installing and launching need; the platform runs on the pinned one. */
export const NODE_MAJOR_MIN = 20;
const installStamp = join(modulesDir, '.smart-wallet-install');

/** The Node that the platform runs on, whatever the machine has. */
export function pinnedNode() {
  return join(modulesDir, 'node', 'bin', 'node');
}

export function installIsStale() {
  if (!existsSync(pinnedNode())) return true;
  const hash = lockFileHash();
  if (existsSync(installStamp) && readFileSync(installStamp, 'utf8') === hash) return false;
  if (!installedMatchesLock()) return true;
  writeFileSync(installStamp, hash); // somebody ran npm install by hand
  return false;
}

/** @param {import('../machine/terminal.mjs').Log} log */
export async function install(log) {
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

/** Another one whenever other packages are wanted. */
export function lockFileHash() {
  const hash = createHash('sha256').update(readFileSync(join(repoDir, 'package-lock.json')));
  return hash.update(`${process.platform}-${process.arch}`).digest('hex');
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
