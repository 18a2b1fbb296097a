// @ts-check
import { statSync } from 'node:fs';
import { readJson, writeAtomically } from '../machine/files.mjs';

/**
 * How the demo traffic of `npm start` is steered: one small file that `npm run demo` writes and the traffic reads, and
 * one that the traffic writes each second to say what it does.
 *
 * @typedef {{ rate: number, failurePercent: number }} Steering
 *   `rate`: transactions per second. `failurePercent`: how many of them the platform refuses: most ask for more than there is.
 * @typedef {Steering & {
 *   pid: number,
 *   atMs: number,
 *   succeeded: number,
 *   refused: number,
 *   askedAgain: number,
 *   heldBack: number,
 *   open: number,
 * }} DemoStatus
 *   What it follows, and per second over the last seconds: committed, refused by a business rule, answered 503, 504 or
 *   not at all and asked again, not sent because too many are open. `open`: payments without an answer now.
 */

export const RATE_MAX = 20_000;
/** @type {Readonly<Steering>} */
export const STEERING_DEFAULT = Object.freeze({ rate: 5, failurePercent: 0.2 });

/**
 * What is wrong with a rate or a share of failures, in words for its user.
 * @param {Steering} steering
 * @returns {string | null} null when nothing is
 */
export function steeringProblem({ rate, failurePercent }) {
  const within = (/** @type {unknown} */ value, /** @type {number} */ max) =>
    typeof value === 'number' && value >= 0 && value <= max;
  if (!within(rate, RATE_MAX)) return `rate must be a number from 0 to ${RATE_MAX}`;
  if (!within(failurePercent, 100)) return 'failurePercent must be a number from 0 to 100';
  return null;
}

/** @param {string} file @param {Steering} steering */
export function writeSteering(file, { rate, failurePercent }) {
  writeAtomically(file, `${JSON.stringify({ rate, failurePercent })}\n`, 0o644);
}

/**
 * Throws when the file holds something else.
 * @param {string} file
 * @returns {Steering} the defaults when there is no file
 */
export function readSteering(file) {
  if (!statSync(file, { throwIfNoEntry: false })) return STEERING_DEFAULT;
  const { rate, failurePercent } = readJson(file) ?? {};
  const problem = steeringProblem({ rate, failurePercent });
  if (problem) throw new Error(`${file}: ${problem}`);
  return { rate, failurePercent };
}

/** @param {string} file @param {DemoStatus} status */
export function writeStatus(file, status) {
  writeAtomically(file, `${JSON.stringify(status)}\n`, 0o644);
}

/** @param {string} file @returns {DemoStatus | null} */
export function readStatus(file) {
  return readJson(file);
}
