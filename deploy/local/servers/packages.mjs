// @ts-check
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinary } from '../machine/binaries.mjs';
import { LaunchError } from '../machine/terminal.mjs';
import { startProgram } from '../programs/program.mjs';
import { dockerAnswers, dockerServer, pullImage } from './docker.mjs';

/**
 * How to start one kind of server, whether from a binary or in a container.
 * @typedef {{ host: string, port: number, dataDir: string }} Inside what the server itself sees
 * @typedef {{
 *   name: string,
 *   listen: { port: number, containerPort: number },
 *   dataDir?: string,
 *   logFile: string,
 *   runDir: string,
 *   args: (inside: Inside) => string[],
 *   env?: (inside: Inside) => Record<string, string>,
 *   afterExit?: () => Promise<void>,
 * }} ServerStart
 *   `env`: all of its environment but the PATH; without one a server inherits ours
 * @typedef {{
 *   origin: string,
 *   path: string | null,
 *   start: (options: ServerStart) => import('../programs/program.mjs').Program,
 * }} ServerCommand
 *   `path`: of the binary; null in a container
 */

/** @typedef {{ name: string, title: string, variable: string, install: import('./server.mjs').InstallableServer }} Installable */

/**
 * Finds the servers on the PATH; what is missing is installed from the distribution's packages, else run by Docker.
 * @param {readonly Installable[]} servers
 * @param {import('../machine/terminal.mjs').Log} log
 * @returns {Promise<Map<string, ServerCommand>>} by the servers' names
 */
export async function provideServers(servers, log) {
  /** @type {Map<string, ServerCommand>} */
  const found = new Map();
  const lookFor = (/** @type {readonly Installable[]} */ wanted) => {
    for (const { name, install } of wanted) {
      const path = findServer(install);
      if (path) found.set(name, { origin: path, path, start: (options) => startBinary(path, options) });
    }
    return wanted.filter(({ name }) => !found.has(name));
  };

  let missing = lookFor(servers);
  if (missing.length > 0) {
    await installFromDistribution(
      missing.map(({ install }) => install.debian),
      log,
    );
    missing = lookFor(missing);
  }
  if (missing.length > 0 && dockerAnswers()) {
    log.info(`Running ${missing.map(({ title }) => title).join(' and ')} in Docker.`);
    for (const { name, install } of missing) {
      await pullImage(install.image, log);
      found.set(name, dockerServer(install.image, install.binaries[0] ?? name));
    }
    missing = [];
  }
  if (missing.length > 0) throw new LaunchError(howToInstall(missing));
  return found;
}

/**
 * @param {import('./server.mjs').InstallableServer} install
 * @returns {string | null}
 */
export function findServer({ binaries, folders }) {
  for (const binary of binaries) {
    const path = findBinary(binary, folders);
    if (path) return path;
  }
  return null;
}

/** @param {readonly Installable[]} missing */
export function howToInstall(missing) {
  const each = (/** @type {(server: Installable) => string | undefined} */ part) => missing.map(part);
  return [
    `Smart Wallet needs ${each(({ install }) => install.binaries[0]).join(' and ')}, found neither on the PATH, and may not install packages here. One of these helps:`,
    `  Debian, Ubuntu   ask an administrator to run: apt-get install ${each(({ install }) => install.debian).join(' ')}`,
    `  macOS            brew install ${each(({ install }) => install.brew).join(' ')}`,
    '  Docker           start Docker, and give your user access to it',
    `  elsewhere        point ${each(({ variable }) => variable).join(' and ')} at a server that runs already`,
  ].join('\n');
}

/**
 * @param {string} path
 * @param {ServerStart} options
 */
function startBinary(path, { name, listen, dataDir = '/', logFile, runDir, args, env, afterExit }) {
  const inside = { host: '127.0.0.1', port: listen.port, dataDir };
  return startProgram({
    name,
    command: path,
    args: args(inside),
    ...(env ? { env: { PATH: process.env.PATH, ...env(inside) } } : {}),
    ...(afterExit ? { afterExit } : {}),
    logFile,
    runDir,
  });
}

/**
 * Debian starts a server's own service when its package is installed. Nobody asked for that one: policy-rc.d keeps
 * it from starting now, `systemctl disable` from starting at the next boot.
 */
const INSTALL_SCRIPT = `
set -u
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM HUP
fi
install() { apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"; }
install "$@" || { apt-get update && install "$@"; } || exit 1
if [ -d /run/systemd/system ]; then
  for package in "$@"; do systemctl disable --now "$package" || true; done
fi
`;

/**
 * Says so, and needs to be root or to have sudo; where that is not so, or there is no apt-get, it does nothing.
 * @param {readonly string[]} packages
 * @param {import('../machine/terminal.mjs').Log} log
 */
export async function installFromDistribution(packages, log) {
  if (!findBinary('apt-get')) return;
  const asRoot = rootCommand(log);
  if (!asRoot) return;
  const folder = mkdtempSync(join(tmpdir(), 'smart-wallet-install-'));
  const script = join(folder, 'install.sh');
  writeFileSync(script, INSTALL_SCRIPT, { mode: 0o600 });
  const logFile = join(folder, 'apt-get.log');
  const [command = '/bin/sh', ...args] = [...asRoot, '/bin/sh', script, ...packages];
  const program = startProgram({ name: 'apt-get', command, args, logFile });
  const title = `Installing ${packages.join(' and ')} from the distribution's packages (${asRoot[0] ?? 'as root'}: apt-get install)`;
  const exit = await log.step(title, () => program.exited);
  if (exit.code === 0) rmSync(folder, { recursive: true, force: true });
  else log.warn(`apt-get install failed:\n${program.logEnd(8).replace(/^/gm, '    ')}\n    Full log: ${logFile}`);
}

/**
 * @param {import('../machine/terminal.mjs').Log} log
 * @returns {string[] | null} what to put in front of a command to run it as root; null when we may not
 */
function rootCommand(log) {
  if (process.getuid?.() === 0) return [];
  const sudo = findBinary('sudo');
  if (!sudo) return null;
  if (spawnSync(sudo, ['-n', 'true'], { stdio: 'ignore' }).status === 0) return [sudo, '-n'];
  if (!process.stdin.isTTY || !process.stdout.isTTY) return null;
  log.info('Packages must be installed; sudo may ask for your password.');
  return spawnSync(sudo, ['-v'], { stdio: 'inherit' }).status === 0 ? [sudo, '-n'] : null;
}
