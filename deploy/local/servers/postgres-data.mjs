// @ts-check
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { identify, signalIfAlive, waitUntilGone } from '../machine/identity.mjs';
import { LaunchError } from '../machine/terminal.mjs';
import { canWrite, makeSystemDir, postgresUser, SYSTEM_DIR } from './postgres-user.mjs';
import { sharedBuffers } from './shared-buffers.mjs';

/** For a payment ledger on a small machine: durable, and few checkpoints while payments pour in. */
export const SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  listen_addresses: "'127.0.0.1'",
  unix_socket_directories: "''",
  password_encryption: "'scram-sha-256'",
  max_connections: 200,
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  min_wal_size: '512MB',
  checkpoint_timeout: '15min',
  random_page_cost: 1.1,
  // Hot rows are updated thousands of times a second: clean them up early and without long pauses.
  autovacuum_naptime: '15s',
  autovacuum_vacuum_scale_factor: 0.05,
  autovacuum_analyze_scale_factor: 0.05,
  autovacuum_vacuum_insert_scale_factor: 0.1,
  autovacuum_vacuum_cost_delay: '1ms',
  track_io_timing: 'on',
  log_line_prefix: "'%m [%p] %q%u@%d '",
  log_checkpoints: 'off',
};

/** In a container, what it is given. */
const memoryBytes = () => Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);

const SHARED_MEMORY_MIN_BYTES = 256 * 1024 * 1024;

/**
 * Where the data lie: `wanted` itself, or a link there to a folder that the Postgres user can enter.
 * @param {string} wanted
 * @returns {{ dataDir: string, user: import('./postgres-user.mjs').PostgresUser | null }}
 */
export function placeData(wanted) {
  const linked = linkTarget(wanted);
  if (linked) return { dataDir: linked, user: postgresUser(linked) };
  const user = postgresUser(wanted);
  mkdirSync(wanted, { recursive: true, mode: 0o700 });
  if (user) chownSync(wanted, user.uid, user.gid);
  if (canWrite(user, wanted)) return { dataDir: wanted, user };

  rmSync(wanted, { recursive: true });
  const id = createHash('sha256').update(wanted).update(String(Date.now())).digest('hex').slice(0, 12);
  const dataDir = join(SYSTEM_DIR, `data-${id}`);
  makeSystemDir();
  mkdirSync(dataDir, { mode: 0o700 });
  if (user) chownSync(dataDir, user.uid, user.gid);
  if (!canWrite(user, dataDir))
    throw new LaunchError(`The user "postgres" cannot enter ${dataDir}; Postgres has nowhere to keep its data.`);
  symlinkSync(dataDir, wanted);
  // A copy of the product copies the link too; this says whose data they are.
  writeFileSync(ownerFile(dataDir), wanted);
  return { dataDir, user };
}

/** Deletes the data, also where a link leads to them. @param {string} wanted */
export function deleteData(wanted) {
  const linked = linkTarget(wanted);
  if (linked) {
    rmSync(linked, { recursive: true, force: true });
    rmSync(ownerFile(linked), { force: true });
    rmSync(`${linked}.unfinished`, { force: true });
  }
  rmSync(wanted, { recursive: true, force: true });
  rmSync(`${wanted}.unfinished`, { force: true });
}

/** @param {string} dataDir */
const ownerFile = (dataDir) => `${dataDir}.owner`;

/**
 * Follows the link of an earlier start. One that came with a copy of another checkout is dropped: its data stay
 * with the checkout they were made for.
 * @param {string} wanted
 */
function linkTarget(wanted) {
  if (!lstatSync(wanted, { throwIfNoEntry: false })?.isSymbolicLink()) return null;
  const target = readlinkSync(wanted);
  if (existsSync(target) && existsSync(ownerFile(target))) {
    const owner = readFileSync(ownerFile(target), 'utf8');
    const ownerStillThere = owner !== wanted && existsSync(owner) && realpathSync(owner) === target;
    if (!ownerStillThere) {
      writeFileSync(ownerFile(target), wanted); // the checkout was moved
      return target;
    }
  }
  rmSync(wanted);
  return null;
}

/**
 * Makes a new cluster, unless there is one.
 * @param {{ binDir: string, dataDir: string, user: import('./postgres-user.mjs').PostgresUser | null, password: string, durable: boolean }} options
 * @returns {Promise<boolean>} whether it was made now
 */
export async function ensureCluster({ binDir, dataDir, user, password, durable }) {
  const unfinished = `${dataDir}.unfinished`;
  if (existsSync(unfinished))
    for (const entry of readdirSync(dataDir)) rmSync(join(dataDir, entry), { recursive: true });
  else if (existsSync(join(dataDir, 'PG_VERSION'))) return false;
  writeFileSync(unfinished, '');
  const passwordFile = `${dataDir}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  const args = [
    ...['--pgdata', dataDir, '--username', 'postgres', '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
    // Text sorts the same on every machine, whatever its locales.
    ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    ...(durable ? [] : ['--no-sync']),
  ];
  try {
    await promisify(execFile)(join(binDir, 'initdb'), args, { ...(user ?? {}), cwd: '/' });
  } catch (error) {
    const { message, stdout = '' } = /** @type {Error & { stdout?: string }} */ (error);
    throw new LaunchError(`Postgres could not make its data folder.\n${stdout}${message}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  appendFileSync(join(dataDir, 'postgresql.conf'), "\ninclude_if_exists = 'smart-wallet.conf'\n");
  rmSync(unfinished);
  return true;
}

/**
 * @param {string} dataDir
 * @param {{ durable: boolean, tls?: import('../platform/tls-files.mjs').TlsFiles | undefined }} options
 */
export function writeSettings(dataDir, { durable, tls }) {
  const settings = {
    ...SETTINGS,
    // Tests have small ledgers, and several servers at a time.
    ...(durable ? { shared_buffers: sharedBuffers(memoryBytes()) } : { fsync: 'off' }),
    ...(sharedMemoryIsSmall() ? { dynamic_shared_memory_type: 'mmap' } : {}),
    ...(tls ? { ssl: 'on', ssl_cert_file: "'server.crt'", ssl_key_file: "'server.key'" } : {}),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  writeFileSync(
    join(dataDir, 'smart-wallet.conf'),
    `# Written at every start. Change settings with ALTER SYSTEM.\n${lines.join('\n')}\n`,
    { mode: 0o644 },
  );
}

/**
 * @param {string} dataDir
 * @param {import('../platform/tls-files.mjs').TlsFiles} tls
 * @param {import('./postgres-user.mjs').PostgresUser | null} user
 */
export function takeOnlyTls(dataDir, tls, user) {
  const { cert, key } = tls.copyTo(dataDir);
  for (const file of [cert, key]) if (user) chownSync(join(dataDir, file), user.uid, user.gid);
  writeFileSync(join(dataDir, 'pg_hba.conf'), 'hostssl all all all scram-sha-256\n');
}

/**
 * Stops a server that an earlier start left on these data, and removes the pid file when its pid now belongs to
 * somebody else (in a container pids come round soon), which would keep Postgres from starting.
 * @param {string} dataDir
 * @returns {Promise<boolean>} whether one was stopped
 */
export async function stopLeftoverServer(dataDir) {
  const pidFile = join(dataDir, 'postmaster.pid');
  if (!existsSync(pidFile)) return false;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  const identity = Number.isSafeInteger(pid) && pid > 0 ? identify(pid) : null;
  if (!identity || !servesData(pid, dataDir)) {
    rmSync(pidFile, { force: true });
    return false;
  }
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGQUIT', 'SIGKILL'])) {
    signalIfAlive(identity, signal);
    if (await waitUntilGone(identity, 8_000)) return true;
  }
  throw new LaunchError(`A Postgres left by an earlier start (pid ${pid}) does not stop. Stop it by hand.`);
}

/**
 * @param {number} pid
 * @param {string} dataDir
 */
function servesData(pid, dataDir) {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.includes(dataDir);
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(dataDir);
  } catch {
    return false;
  }
}

/** Docker gives 64 MB of /dev/shm by default, too little for parallel queries. */
function sharedMemoryIsSmall() {
  if (process.platform !== 'linux') return false;
  try {
    const { blocks, bsize } = statfsSync('/dev/shm');
    return blocks * bsize < SHARED_MEMORY_MIN_BYTES;
  } catch {
    return true;
  }
}

/** @param {string} dataDir @param {string} binDir */
export function checkVersion(dataDir, binDir) {
  const made = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
  const { stdout } = spawnSync(join(binDir, 'postgres'), ['--version'], { encoding: 'utf8' });
  const runs = /(\d+)\.\d+/.exec(stdout)?.[1];
  if (runs !== made) {
    throw new LaunchError(
      `The data in ${dirname(dataDir)} were made by Postgres ${made}, this is Postgres ${runs}. Run the earlier version once more and export them, or delete them with: npm run reset`,
    );
  }
}
