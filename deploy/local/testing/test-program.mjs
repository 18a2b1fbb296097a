// @ts-check
import { spawn } from 'node:child_process';

/** @type {Set<import('node:child_process').ChildProcess>} */
const alive = new Set();

/**
 * Starts a program of ours beside a test: what it logs to stderr is the test's to show. It ends with the test's process at the
 * latest, also where nobody came to stop it, and holds nothing of that process open: whoever waits for its output to end would
 * wait for ever.
 * @param {string} file
 * @param {NodeJS.ProcessEnv} env on top of our own environment
 */
export function startTestProgram(file, env) {
  if (alive.size === 0) {
    process.once('exit', killAll);
    process.once('SIGTERM', killAllAndEnd);
  }
  const child = spawn(process.execPath, [file], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  alive.add(child);
  child.stderr.on('data', (chunk) => process.stderr.write(chunk));
  child.once('exit', () => {
    alive.delete(child);
    if (alive.size > 0) return;
    process.off('exit', killAll);
    process.off('SIGTERM', killAllAndEnd);
  });
  return child;
}

function killAll() {
  for (const child of alive) child.kill('SIGKILL');
}

/** Vitest ends its workers by this signal, which is nobody's any more now. */
function killAllAndEnd() {
  killAll();
  process.kill(process.pid, 'SIGTERM');
}
