// @ts-check
import { spawnSync } from 'node:child_process';
import { silentLog } from '../machine/terminal.mjs';
import { findGoTool, provideGoTool } from './go-tool.mjs';

/** What is built where there is none; the chart keeps to what Helm 3 and 4 both do. */
const helm = { name: 'helm', module: 'helm.sh/helm/v4/cmd/helm@v4.3.1', howToInstall };

/** On the PATH, or built before: building it takes minutes. @returns {string | null} */
export function findHelm() {
  return findGoTool(helm);
}

/**
 * @param {import('../machine/terminal.mjs').Log} [log]
 * @returns {Promise<string>} its path; built with Go where there is none
 */
export function provideHelm(log = silentLog) {
  return provideGoTool(helm, log);
}

/** @param {string} path @param {string[]} args */
export function runHelm(path, args) {
  const { status, stdout, stderr } = spawnSync(path, args, { encoding: 'utf8', timeout: 60_000 });
  return { status, stdout, stderr };
}

function howToInstall() {
  return [
    'There is neither Helm nor Go on the PATH. One of these helps:',
    '  macOS            brew install helm',
    '  elsewhere        https://helm.sh/docs/intro/install/',
    '  with Go          install Go (https://go.dev/dl/): Helm is built by the next run',
  ].join('\n');
}
