// @ts-check
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { endOfFile, removeIfEmpty } from '../machine/files.mjs';
import { prepareDir, repoDir } from '../machine/paths.mjs';
import { LaunchError } from '../machine/terminal.mjs';

/**
 * Runs a command with its output in a log that is shown only when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, logName: string, failure: string, lines?: number }} options
 */
export async function runLogged(command, args, { env = process.env, cwd = repoDir, logName, failure, lines = 15 }) {
  const logFile = join(prepareDir, 'logs', `${logName}.log`);
  mkdirSync(dirname(logFile), { recursive: true });
  const output = openSync(logFile, 'w', 0o600);
  const child = spawn(command, args, { env, cwd, stdio: ['ignore', output, output] });
  closeSync(output);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status, signal) => resolve(status ?? signal));
  });
  if (code === 0) return removeIfEmpty(logFile);
  const end = endOfFile(logFile, lines + 50)
    .split('\n')
    .filter((line) => !line.includes('EBADENGINE') && !line.startsWith('npm warn deprecated'))
    .slice(-lines)
    .map((line) => `    ${line}`);
  throw new LaunchError(`${failure}.\n${end.join('\n')}\n  Log: ${logFile}`);
}
