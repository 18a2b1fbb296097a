// @ts-check
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from '../machine/binaries.mjs';
import { prepareDir } from '../machine/paths.mjs';
import { LaunchError, silentLog } from '../machine/terminal.mjs';
import { runLogged } from '../prepare/run-logged.mjs';

/**
 * A program that is no part of the platform: from the PATH, else built with Go, once.
 * @typedef {object} GoTool
 * @property {string} name of the binary
 * @property {string} module with its version, as `go install` takes it
 * @property {() => string} howToInstall
 */

/** Where it is, without building it. @param {GoTool} tool @returns {string | null} */
export function findGoTool(tool) {
  const built = builtPath(tool);
  return findBinary(tool.name) ?? (existsSync(built) ? built : null);
}

/**
 * @param {GoTool} tool
 * @param {import('../machine/terminal.mjs').Log} [log]
 * @returns {Promise<string>} its path
 */
export async function provideGoTool(tool, log = silentLog) {
  const found = findGoTool(tool);
  if (found) return found;
  const { name, module, howToInstall } = tool;
  const go = findBinary('go', ['/usr/local/go/bin']);
  if (!go) throw new LaunchError(howToInstall());
  const folder = folderOf(module);
  mkdirSync(folder, { recursive: true });
  await log.step(`Building ${name} with Go (a few minutes, once)`, () =>
    runLogged(go, ['install', module], {
      ...{ logName: `build-${name}`, failure: `Building ${name} failed. ${howToInstall()}`, cwd: folder },
      env: { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' },
    }),
  );
  return builtPath(tool);
}

/** @param {GoTool} tool */
function builtPath({ name, module }) {
  return join(folderOf(module), name);
}

/** @param {string} module */
function folderOf(module) {
  return join(prepareDir, 'tools', module.replaceAll('/', '-'));
}
