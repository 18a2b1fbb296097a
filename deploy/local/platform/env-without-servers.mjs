// @ts-check
import { serverVariables } from '../servers/server-variables.mjs';

/**
 * An environment that names no servers: who starts a stack with it has servers of its own. For whatever changes or breaks what it
 * runs on, as benchmarks and fault tests do: the server of somebody's DATABASE_URL must never be meant.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function envWithoutServers(env = process.env) {
  const variables = ['SMTP_URL', ...serverVariables()];
  return Object.fromEntries(Object.entries(env).filter(([name]) => !variables.includes(name)));
}

/**
 * An environment in which the servers of the tests are those to use, where there are any.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function envWithTestServers(env = process.env) {
  const servers = serverVariables().flatMap((name) => {
    const url = env[`TEST_${name}`];
    return url ? [[name, url]] : [];
  });
  return { ...envWithoutServers(env), ...Object.fromEntries(servers) };
}
