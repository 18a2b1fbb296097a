// @ts-check
import { SERVERS } from '../servers/servers.mjs';

/**
 * An environment that names no servers: who starts a stack with it has servers of its own. For whatever changes or breaks what it
 * runs on, as benchmarks and fault tests do: the server of somebody's DATABASE_URL must never be meant.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function envWithoutServers(env = process.env) {
  const variables = ['SMTP_URL', ...SERVERS.map(({ variable }) => /** @type {string} */ (variable))];
  return Object.fromEntries(Object.entries(env).filter(([name]) => !variables.includes(name)));
}
