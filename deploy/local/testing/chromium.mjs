// @ts-check
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { findBinary } from '../machine/binaries.mjs';
import { LaunchError, silentLog } from '../machine/terminal.mjs';
import { installFromDistribution } from '../servers/packages.mjs';

/** A browser for the tests and the benchmark that look at the pages. Nothing else needs one. */
const BINARIES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC_APPS = ['Google Chrome', 'Chromium'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
/** Without a font of the system, characters that the pages' own fonts lack are empty boxes. */
const DEBIAN_PACKAGES = ['chromium', 'fonts-dejavu-core'];
const VERSION_TIMEOUT_MS = 20_000;

/**
 * The path of a Chromium that runs: CHROMIUM_PATH, else from the PATH, else installed from the distribution's packages.
 * @param {import('../machine/terminal.mjs').Log} [log]
 * @returns {Promise<string>}
 */
export async function provideChromium(log = silentLog) {
  let path = findChromium();
  if (!path) {
    await installFromDistribution(DEBIAN_PACKAGES, log);
    path = findChromium();
  }
  if (!path) throw new LaunchError(howToInstall());
  if (!chromiumVersion(path)) throw new LaunchError(`${path} does not run. Set CHROMIUM_PATH to a Chromium that does.`);
  return path;
}

/** @returns {string | null} */
export function findChromium() {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen) {
    if (isExecutable(chosen)) return chosen;
    throw new LaunchError(`CHROMIUM_PATH is "${chosen}", which is not a program that can be run.`);
  }
  for (const binary of BINARIES) {
    const path = findBinary(binary);
    if (path) return path;
  }
  return process.platform === 'darwin' ? (MAC_APPS.find(isExecutable) ?? null) : null;
}

/** @param {string} path @returns {string | null} null when it does not run */
export function chromiumVersion(path) {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: VERSION_TIMEOUT_MS });
  return status === 0 ? stdout.trim().replace(/ built on .*/, '') : null;
}

function howToInstall() {
  return [
    'The browser tests need Chromium, found none on the PATH, and may not install packages here. One of these helps:',
    `  Debian, Ubuntu   ask an administrator to run: apt-get install ${DEBIAN_PACKAGES.join(' ')}`,
    '  macOS            brew install --cask chromium',
    '  elsewhere        set CHROMIUM_PATH to a Chromium or Chrome',
  ].join('\n');
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
