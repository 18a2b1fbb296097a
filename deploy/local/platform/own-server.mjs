// @ts-check
import { join } from 'node:path';
import { readJson, writeAtomically } from '../machine/files.mjs';
import { freePort, isFree } from '../machine/ports.mjs';
import { rotateLog } from '../programs/program.mjs';
import { supervise } from '../programs/supervise.mjs';

const PORT_ATTEMPTS = 3;

/**
 * Starts servers on free ports, each under supervision, and finds their ports again at the next start.
 * @param {{
 *   dataDir: string,
 *   runDir: string,
 *   logsDir: string,
 *   secrets: import('./secrets.mjs').Secrets,
 *   commands: Map<string, import('../servers/packages.mjs').ServerCommand>,
 *   restart: boolean,
 *   durable: boolean,
 *   natsLogins: boolean,
 *   tls: import('./tls-files.mjs').TlsFiles | undefined,
 *   onIncident: (incident: import('../programs/supervise.mjs').Incident) => void,
 * }} stack
 * @returns {(server: import('../servers/server.mjs').Server) => Promise<import('./stack.mjs').StackService>}
 */
export function ownServerStarter({ dataDir, runDir, logsDir, commands, restart, onIncident, ...shared }) {
  const portsFile = join(dataDir, 'ports.json');
  /** @type {Record<string, number>} */
  const ports = readJson(portsFile) ?? {};
  /** @type {Set<number>} */
  const taken = new Set();

  return async ({ name, prepare, afterStart }) => {
    const logFile = join(logsDir, `${name}.log`);
    rotateLog(logFile);
    const command = () => {
      const found = commands.get(name);
      if (!found) throw new Error(`no command for ${name}`);
      return found;
    };
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort(ports[name], taken);
      const place = { port, dataDir: join(dataDir, name), logFile, runDir, command, ...shared };
      const { url, urls = {}, ...process } = await prepare(place);
      const service = supervise({ name, logFile, restart, onIncident, ...process });
      try {
        await service.start();
      } catch (error) {
        await service.stop();
        // Somebody took the port between our look and the server's start.
        if (attempt < PORT_ATTEMPTS && !(await isFree(port))) continue;
        throw error;
      }
      ports[name] = port;
      writeAtomically(portsFile, JSON.stringify(ports), 0o644);
      await afterStart?.(url);
      return { ...service, url, urls, external: false };
    }
  };
}
