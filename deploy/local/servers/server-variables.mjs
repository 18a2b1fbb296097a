// @ts-check
import { SERVERS } from './servers.mjs';

/** @typedef {import('./server.mjs').ProgramName} ProgramName */

/** `ENGINE_NATS_URL`: NATS_URL for engines, where each program has a login of its own. @param {ProgramName} program @param {string} variable */
export function programVariable(program, variable) {
  return `${program.toUpperCase()}_${variable}`;
}

/** Every variable that names a server, for all programs or for one. @returns {string[]} */
export function serverVariables() {
  return SERVERS.flatMap(({ variable, programs }) => [
    variable,
    ...programs.map((program) => programVariable(program, variable)),
  ]);
}
