// @ts-check
import { LaunchError } from '../machine/terminal.mjs';

/**
 * A server that somebody else runs. It must answer, and nobody here may break it.
 * @param {import('../servers/server.mjs').Server} server
 * @param {string} url
 * @param {import('../servers/server.mjs').ProgramUrls} urls of programs with logins of their own
 * @returns {Promise<import('./stack.mjs').StackService>}
 */
export async function externalServer({ name, title, variable, ping }, url, urls) {
  const refuse = async () => {
    throw new Error(`${title} is not ours to start or stop: ${variable} names it`);
  };
  try {
    await ping(url);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LaunchError(`${variable} names a server that does not answer: ${reason}`);
  }
  return {
    ...{ name, url, urls, external: true, logFile: '', pid: () => null, signal: () => false, hurry: () => {} },
    ...{ start: refuse, stop: refuse, kill: refuse },
  };
}
