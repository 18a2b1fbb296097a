// @ts-check
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { acquireLock, lockHolder } from '../machine/lock.mjs';
import { localDir, prepareDir, prepareLockFile, repoDir, startLockFile } from '../machine/paths.mjs';
import { LaunchError } from '../machine/terminal.mjs';
import { buildIsStale, buildWeb, compile, webBuildIsStale } from './build.mjs';
import { install, installIsStale } from './install.mjs';

/**
 * Installs and builds what is stale. One launch at a time: the others wait, and then find it done.
 * @param {import('../machine/terminal.mjs').Log} log
 */
export async function prepare(log) {
  if (!installIsStale() && !buildIsStale() && !webBuildIsStale()) return;
  ensureWritable(prepareDir);
  const release = await waitForLock(log);
  try {
    if (installIsStale()) await install(log);
    if (buildIsStale()) await compile(log);
    if (webBuildIsStale()) await buildWeb(log);
  } finally {
    release();
  }
}

/** Stops an audit that has nothing to look at, before it installs or builds anything. */
export function refuseWithoutData() {
  const isNamed = ['', '_FILE'].some(
    (end) => process.env[`DATABASE_URL${end}`] || process.env[`AUDIT_DATABASE_URL${end}`],
  );
  if (isNamed || existsSync(join(localDir, 'postgres')) || lockHolder(startLockFile)) return;
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

/** @param {import('../machine/lock.mjs').LockHolder} holder */
export function alreadyRunning(holder) {
  if (holder.command)
    return `npm run ${holder.command} is at work here (pid ${holder.pid}, started by ${holder.user}). Wait for it.`;
  const where = holder.url ? ` at ${holder.url}` : ' (still starting)';
  return `Smart Wallet is already running${where}: pid ${holder.pid}, started by ${holder.user}. Stop it with: npm run stop`;
}

/** @param {import('../machine/terminal.mjs').Log} log */
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
