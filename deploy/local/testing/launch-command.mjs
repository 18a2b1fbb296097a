// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { repoDir } from '../machine/paths.mjs';
import { envWithoutServers } from '../platform/env-without-servers.mjs';

const LAUNCHER = join(repoDir, 'deploy', 'local', 'launch.mjs');

/**
 * Runs npm commands as a user does, on local data of their own and without the servers of the tests.
 * @param {string} localDir
 */
export function commandsOn(localDir) {
  /**
   * @param {string[]} args the command and its options
   * @param {NodeJS.ProcessEnv} [variables]
   */
  return (args, variables = {}) => {
    const { GATEWAY_PORT, ...env } = envWithoutServers();
    const child = spawn(process.execPath, [LAUNCHER, ...args], {
      env: { ...env, WALLET_LOCAL_DIR: localDir, ...variables },
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        text += chunk;
      });
    }
    return { output: () => text, stop: () => child.kill(), exitCode: once(child, 'close').then(([code]) => code) };
  };
}
