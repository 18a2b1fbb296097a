// @ts-check
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repoDir } from '../machine/paths.mjs';
import { LaunchError } from '../machine/terminal.mjs';

/**
 * Runs a script of ours in the foreground, on the Node we run on. Signals are passed on, so that it ends in its own way.
 * @param {string} script relative to the repository
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [variables] on top of our own environment
 * @returns {Promise<number>} its exit code
 */
export function runScript(script, args, variables = {}) {
  const path = join(repoDir, script);
  if (!existsSync(path)) throw new LaunchError(`${path} is missing.`);
  const child = spawn(process.execPath, [path, ...args], { stdio: 'inherit', env: { ...process.env, ...variables } });
  const forward = (/** @type {NodeJS.Signals} */ signal) => void child.kill(signal);
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      for (const signal of signals) process.off(signal, forward);
      resolve(code ?? 1);
    });
  });
}
