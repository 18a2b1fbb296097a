// @ts-check
import { spawnSync } from 'node:child_process';
import { silentLog } from '../machine/terminal.mjs';
import { provideGoTool } from './go-tool.mjs';

/** What is built where there is none; the scripts keep to what 1.x and 2.x both have. */
const k6 = { name: 'k6', module: 'go.k6.io/k6@v1.8.1', howToInstall };

/**
 * The path of a k6: from the PATH, else built with Go, once.
 * @param {import('../machine/terminal.mjs').Log} [log]
 * @returns {Promise<string>}
 */
export function provideK6(log = silentLog) {
  return provideGoTool(k6, log);
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
