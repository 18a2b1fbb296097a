// @ts-check
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { silentLog } from '../machine/terminal.mjs';
import { stopLeftovers } from '../programs/program.mjs';
import { provideServers } from '../servers/packages.mjs';
import { programVariable } from '../servers/server-variables.mjs';
import { PAYMENT_SERVERS, SERVERS, serverNamed } from '../servers/servers.mjs';
import { externalServer } from './external-server.mjs';
import { killAtExit } from './kill-at-exit.mjs';
import { ownServerStarter } from './own-server.mjs';
import { passwordVariable, ROLES, setRolePasswords } from './roles.mjs';
import { openSecrets } from './secrets.mjs';
import { makeThrowAwayDir, removeThrowAwayDir } from './throw-away.mjs';

/**
 * The servers the platform stands on, real ones on free loopback ports, each under supervision. A server whose URL
 * is in the environment is used instead of starting one.
 *
 * @typedef {import('../servers/servers.mjs').ServerName} ServerName
 * @typedef {import('../servers/server.mjs').ProgramName} ProgramName
 * @typedef {import('../programs/supervise.mjs').Service & {
 *   url: string,
 *   urls: import('../servers/server.mjs').ProgramUrls,
 *   external: boolean,
 * }} StackService
 * @typedef {import('./roles.mjs').Role} Role
 * @typedef {{
 *   dataDir?: string | undefined,
 *   services?: readonly ServerName[],
 *   env?: NodeJS.ProcessEnv,
 *   log?: import('../machine/terminal.mjs').Log,
 *   restart?: boolean,
 *   durable?: boolean,
 *   onIncident?: (incident: import('../programs/supervise.mjs').Incident) => void,
 *   rolePassword?: string,
 *   natsLogins?: boolean,
 *   tls?: import('./tls-files.mjs').TlsFiles,
 * }} StackOptions
 *   `services`: what to start; without it what payments stand on, which is all that most benchmarks and fault tests need.
 *   `dataDir`: kept and found again; without one the stack is thrown away when it stops.
 *   `restart`: start again what dies by itself (default true). `durable: false` only for throw-away data.
 *   `rolePassword`: that of all roles, which others set on a server that they share; it is left as it is.
 *   `natsLogins: false`: for programs of versions that cannot log in there. `tls`: nothing is taken that is not encrypted.
 * @typedef {{
 *   dataDir: string,
 *   logsDir: string,
 *   runDir: string,
 *   secrets: import('./secrets.mjs').Secrets,
 *   services: Partial<Record<ServerName, StackService>>,
 *   service: (name: ServerName) => StackService,
 *   postgres: StackService,
 *   redis: StackService,
 *   nats: StackService,
 *   rabbitmq: StackService,
 *   databaseUrl: string,
 *   redisUrl: string,
 *   natsUrl: string,
 *   amqpUrl: string,
 *   variables: (program?: ProgramName) => Record<string, string>,
 *   environment: () => Record<string, string>,
 *   urlFor: (role: Role, databaseUrl?: string) => string,
 *   passwordVariables: () => Record<string, string>,
 *   setRolePasswords: (databaseUrl?: string) => Promise<void>,
 *   onStop: (work: () => Promise<void>) => void,
 *   hurry: () => void,
 *   stop: () => Promise<void>,
 * }} Stack
 *   `variables`: each server's URL under the name of its variable, for tools and tests; of a program, those of the servers that it
 *   has a login for, with that login. `urlFor`: Postgres' for a role. `environment`: names these servers for another stack
 *   `passwordVariables`: what the migration takes the roles' passwords from
 */

/**
 * @param {StackOptions} [options]
 * @returns {Promise<Stack>}
 */
export async function startStack(options = {}) {
  const { services: names = PAYMENT_SERVERS, env = process.env } = options;
  const { log = silentLog, restart = true, durable = true, onIncident = () => {}, rolePassword } = options;
  const { natsLogins = true, tls } = options;
  const dataDir = options.dataDir ?? (await makeThrowAwayDir());
  const throwAway = options.dataDir === undefined;
  const [runDir, logsDir] = [join(dataDir, 'run'), join(dataDir, 'logs')];
  const secrets = openSecrets(join(dataDir, 'secrets.json'));

  /** @type {Partial<Record<ServerName, StackService>>} */
  const services = {};
  /** @type {(() => Promise<void>)[]} */
  const stopFirst = [];

  const forgetAtExit = killAtExit(runDir);

  const stop = async () => {
    for (const work of stopFirst.reverse()) await work();
    for (const { name } of [...SERVERS].reverse()) {
      if (services[name]?.external === false) await services[name].stop();
    }
    forgetAtExit();
    if (throwAway) removeThrowAwayDir(dataDir);
  };

  const start = async () => {
    mkdirSync(logsDir, { recursive: true, mode: 0o755 });
    mkdirSync(runDir, { recursive: true, mode: 0o755 });
    await stopLeftovers(runDir);

    /** @type {ServerName[]} */
    const own = [];
    for (const name of names) {
      const url = env[serverNamed(name).variable];
      if (url) services[name] = await externalServer(serverNamed(name), url, programUrls(serverNamed(name), env));
      else own.push(name);
    }
    if (own.length === 0) return;
    const installable = own.map(serverNamed).flatMap(({ install, ...rest }) => (install ? [{ ...rest, install }] : []));
    const commands = await provideServers(installable, log);
    const shared = { secrets, durable, natsLogins, tls };
    const startOwn = ownServerStarter({ dataDir, runDir, logsDir, commands, restart, onIncident, ...shared });
    const titles = own.map((name) => serverNamed(name).title);
    await log.step(`Starting ${titles.join(', ')}`, async () => {
      const results = await Promise.allSettled(
        own.map(async (name) => {
          services[name] = await startOwn(serverNamed(name));
        }),
      );
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    });
  };

  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }

  const service = (/** @type {ServerName} */ name) => {
    const found = services[name];
    if (!found) throw new Error(`this stack was started without ${name}`);
    return found;
  };
  return {
    dataDir,
    logsDir,
    runDir,
    secrets,
    services,
    service,
    get postgres() {
      return service('postgres');
    },
    get redis() {
      return service('redis');
    },
    get nats() {
      return service('nats');
    },
    get rabbitmq() {
      return service('rabbitmq');
    },
    get databaseUrl() {
      return service('postgres').url;
    },
    get redisUrl() {
      return service('redis').url;
    },
    get natsUrl() {
      return service('nats').url;
    },
    get amqpUrl() {
      return service('rabbitmq').url;
    },
    variables: (program) =>
      Object.fromEntries(
        SERVERS.flatMap(({ name, variable, programs }) => {
          if (program && !(/** @type {readonly ProgramName[]} */ (programs).includes(program))) return [];
          const known = services[name];
          return known ? [[variable, (program && known.urls[program]) ?? known.url]] : [];
        }),
      ),
    environment: () =>
      Object.fromEntries(
        SERVERS.flatMap(({ name, variable }) => {
          const { url, urls = {} } = services[name] ?? {};
          const ofPrograms = Object.entries(urls).map(([program, each]) => [
            programVariable(/** @type {ProgramName} */ (program), variable),
            each,
          ]);
          return url === undefined ? [] : [[variable, url], ...ofPrograms];
        }),
      ),
    urlFor(role, databaseUrl = service('postgres').url) {
      const url = new URL(databaseUrl);
      url.username = role;
      url.password = rolePassword ?? secrets.get(role);
      return url.href;
    },
    passwordVariables: () =>
      rolePassword === undefined
        ? Object.fromEntries(ROLES.map((role) => [passwordVariable(role), secrets.get(role)]))
        : {},
    async setRolePasswords(databaseUrl = service('postgres').url) {
      if (rolePassword !== undefined) return;
      await setRolePasswords(databaseUrl, Object.fromEntries(ROLES.map((role) => [role, secrets.get(role)])));
    },
    onStop: (work) => void stopFirst.push(work),
    hurry() {
      for (const each of Object.values(services)) each.hurry();
    },
    stop,
  };
}

/**
 * @param {import('../servers/server.mjs').Server} server
 * @param {NodeJS.ProcessEnv} env
 * @returns {import('../servers/server.mjs').ProgramUrls}
 */
function programUrls({ programs, variable }, env) {
  const given = programs.map((program) => [program, env[programVariable(program, variable)]]);
  return Object.fromEntries(given.filter(([, url]) => url));
}
