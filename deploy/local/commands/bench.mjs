// @ts-check
import { runScript } from '../programs/run-script.mjs';

/** The benchmark starts a throw-away platform of its own. @param {string[]} args */
export function run(args) {
  return runScript('loadtest/dist/bench/command/main.js', args);
}
