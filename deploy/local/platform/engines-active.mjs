// @ts-check
import { availableParallelism } from 'node:os';

/** On fewer, two streams of calls cost more than one full one, and their rows wait for each other. */
const CORES_PER_ACTIVE_ENGINE = 2;

/**
 * How many engines should be active where all of them run on this machine, beside everything else.
 * @param {number} [cores]
 */
export function enginesActiveOn(cores = availableParallelism()) {
  return Math.max(1, Math.floor(cores / CORES_PER_ACTIVE_ENGINE));
}

/**
 * What engines are told (ENGINES_ACTIVE): what the environment says, else what the cores are good for. null: nothing, so that all are
 * active. Where Redis is somebody else's, engines of other machines may be in the same list, and this machine's cores say nothing.
 * @param {{ env: NodeJS.ProcessEnv, redisIsExternal: boolean, cores?: number }} given
 * @returns {string | null}
 */
export function enginesActive({ env, redisIsExternal, cores }) {
  if (env.ENGINES_ACTIVE) return env.ENGINES_ACTIVE;
  return redisIsExternal ? null : String(enginesActiveOn(cores));
}

/**
 * As the summary of `npm start` tells it.
 * @param {number} engines
 * @param {string | null} active
 */
export function enginesInWords(engines, active) {
  const standing = active === null ? 0 : Math.max(0, engines - Number(active));
  if (standing === 0) return engines === 1 ? '1' : `${engines}, all active`;
  return `${engines}: ${engines - standing} active, ${standing} standing by`;
}
