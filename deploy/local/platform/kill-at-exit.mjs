// @ts-check
import { killLeftovers } from '../programs/program.mjs';

/** @type {Set<string>} */
const runDirsAlive = new Set();

/**
 * A process that ends without stopping its stacks kills their servers. A signal ends it so, unless it listens itself.
 * @param {string} runDir
 * @returns {() => void} the stack was stopped
 */
export function killAtExit(runDir) {
  if (runDirsAlive.size === 0) {
    process.on('exit', killAllAlive);
    for (const signal of EXIT_SIGNALS) process.on(signal, exitUnlessHandled);
  }
  runDirsAlive.add(runDir);
  return () => {
    if (!runDirsAlive.delete(runDir) || runDirsAlive.size > 0) return;
    process.off('exit', killAllAlive);
    for (const signal of EXIT_SIGNALS) process.off(signal, exitUnlessHandled);
  };
}

const EXIT_SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
const killAllAlive = () => {
  for (const runDir of runDirsAlive) killLeftovers(runDir);
};
const exitUnlessHandled = (/** @type {NodeJS.Signals} */ signal) => {
  if (process.listenerCount(signal) === 1) process.exit(1);
};
