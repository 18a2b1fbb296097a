// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from '../machine/binaries.mjs';
import { prepareDir } from '../machine/paths.mjs';
import { LaunchError, silentLog } from '../machine/terminal.mjs';
import { runLogged } from '../prepare/run-logged.mjs';

/** What is built where there is none; the scripts keep to what 1.x and 2.x both have. */
const MODULE = 'go.k6.io/k6@v1.8.1';
const folder = join(prepareDir, 'tools', MODULE.replaceAll('/', '-'));
const built = join(folder, 'k6');

/**
 * The path of a k6: from the PATH, else built with Go, once.
 * @param {import('../machine/terminal.mjs').Log} [log]
 * @returns {Promise<string>}
 */
export async function provideK6(log = silentLog) {
  const path = findBinary('k6') ?? (existsSync(built) ? built : null);
  if (path) return path;
  const go = findBinary('go', ['/usr/local/go/bin']);
  if (!go) throw new LaunchError(howToInstall());
  mkdirSync(folder, { recursive: true });
  await log.step('Building k6 with Go (a few minutes, once)', () =>
    runLogged(go, ['install', MODULE], {
      ...{ logName: 'build-k6', failure: `Building k6 failed. ${howToInstall()}`, cwd: folder },
      env: { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' },
    }),
  );
  return built;
}

/** @param {string} path @returns {string | null} null when it does not run */
export function k6Version(path) {
  const { status, stdout } = spawnSync(path, ['version'], { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? (/v\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? null) : null;
}

function howToInstall() {
  return [
    'The SLA check runs k6, and found neither it nor Go on the PATH. One of these helps:',
    '  macOS            brew install k6',
    '  elsewhere        https://grafana.com/docs/k6/latest/set-up/install-k6/',
    '  with Go          install Go (https://go.dev/dl/): k6 is built by the next run',
  ].join('\n');
}
