// @ts-check
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeAtomically } from '../machine/files.mjs';
import { freePort, isFree } from '../machine/ports.mjs';
import { LaunchError, silentLog } from '../machine/terminal.mjs';
import { killLeftovers, rotateLog, stopLeftovers } from '../programs/program.mjs';
import { supervise } from '../programs/supervise.mjs';
import { natsServer, pingNats } from '../servers/nats.mjs';
import { provideServers } from '../servers/packages.mjs';
import { ensureDatabase, pingPostgres, postgresServer, setRolePasswords } from '../servers/postgres.mjs';
import { pingRedis, redisServer } from '../servers/redis.mjs';
import { ROLES } from './roles.mjs';
import { openSecrets } from './secrets.mjs';
import { makeThrowAwayDir, removeThrowAwayDir } from './throw-away.mjs';

/**
 * The servers the platform stands on, real ones on free loopback ports, each under supervision. A server whose URL
 * is in the environment is used instead of starting one.
 *
 * @typedef {'postgres' | 'redis' | 'nats'} ServiceName
 * @typedef {import('../programs/supervise.mjs').Service & { url: string, external: boolean }} StackService
 * @typedef {import('./roles.mjs').Role} Role
 * @typedef {{
 *   dataDir?: string | undefined,
 *   services?: readonly ServiceName[],
 *   env?: NodeJS.ProcessEnv,
 *   log?: import('../machine/terminal.mjs').Log,
 *   restart?: boolean,
 *   durable?: boolean,
 *   onIncident?: (incident: import('../programs/supervise.mjs').Incident) => void,
 * }} StackOptions
 *   `dataDir`: kept and found again; without one the stack is thrown away when it stops.
 *   `restart`: start again what dies by itself (default true). `durable: false` only for throw-away data.
 * @typedef {{
 *   dataDir: string,
 *   logsDir: string,
 *   runDir: string,
 *   secrets: import('./secrets.mjs').Secrets,
 *   services: Partial<Record<ServiceName, StackService>>,
 *   postgres: StackService,
 *   redis: StackService,
 *   nats: StackService,
 *   databaseUrl: string,
 *   redisUrl: string,
 *   natsUrl: string,
 *   urlFor: (role: Role, databaseUrl?: string) => string,
 *   setRolePasswords: (databaseUrl?: string) => Promise<void>,
 *   onStop: (work: () => Promise<void>) => void,
 *   hurry: () => void,
 *   stop: () => Promise<void>,
 * }} Stack
 */

/** @type {Record<ServiceName, { variable: string, title: string }>} */
const SERVICES = {
  postgres: { variable: 'DATABASE_URL', title: 'Postgres' },
  redis: { variable: 'REDIS_URL', title: 'Redis' },
  nats: { variable: 'NATS_URL', title: 'NATS' },
};

const PORT_ATTEMPTS = 3;

/**
 * @param {StackOptions} [options]
 * @returns {Promise<Stack>}
 */
export async function startStack(options = {}) {
  const { services: names = /** @type {const} */ (['postgres', 'redis', 'nats']), env = process.env } = options;
  const { log = silentLog, restart = true, durable = true, onIncident = () => {} } = options;
  const dataDir = options.dataDir ?? (await makeThrowAwayDir());
  const throwAway = options.dataDir === undefined;
  const [runDir, logsDir] = [join(dataDir, 'run'), join(dataDir, 'logs')];
  const secrets = openSecrets(join(dataDir, 'secrets.json'));

  /** @type {Partial<Record<ServiceName, StackService>>} */
  const services = {};
  /** @type {(() => Promise<void>)[]} */
  const stopFirst = [];

  const forgetAtExit = killAtExit(runDir);

  const stop = async () => {
    for (const work of stopFirst.reverse()) await work();
    for (const name of /** @type {const} */ (['nats', 'redis', 'postgres'])) {
      if (services[name]?.external === false) await services[name].stop();
    }
    forgetAtExit();
    if (throwAway) removeThrowAwayDir(dataDir);
  };

  const start = async () => {
    mkdirSync(logsDir, { recursive: true, mode: 0o755 });
    mkdirSync(runDir, { recursive: true, mode: 0o755 });
    await stopLeftovers(runDir);

    const own = names.filter((name) => !env[SERVICES[name].variable]);
    for (const name of names.filter((each) => !own.includes(each))) {
      services[name] = await externalService(name, env[SERVICES[name].variable] ?? '');
    }
    const commands = await provideServers(
      own.filter((name) => name !== 'postgres'),
      log,
    );
    const startOwn = ownServiceStarter({ dataDir, runDir, logsDir, secrets, commands, restart, durable, onIncident });
    const titles = own.map((name) => SERVICES[name].title);
    if (own.length === 0) return;
    await log.step(`Starting ${titles.join(', ')}`, async () => {
      const results = await Promise.allSettled(
        own.map(async (name) => {
          services[name] = await startOwn(name);
        }),
      );
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    });
    if (services.postgres?.external === false) await ensureDatabase(services.postgres.url);
  };

  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }

  const need = (/** @type {ServiceName} */ name) => {
    const service = services[name];
    if (!service) throw new Error(`this stack was started without ${name}`);
    return service;
  };
  return {
    dataDir,
    logsDir,
    runDir,
    secrets,
    services,
    get postgres() {
      return need('postgres');
    },
    get redis() {
      return need('redis');
    },
    get nats() {
      return need('nats');
    },
    get databaseUrl() {
      return need('postgres').url;
    },
    get redisUrl() {
      return need('redis').url;
    },
    get natsUrl() {
      return need('nats').url;
    },
    urlFor(role, databaseUrl = need('postgres').url) {
      const url = new URL(databaseUrl);
      url.username = role;
      url.password = secrets.get(role);
      return url.href;
    },
    setRolePasswords: (databaseUrl = need('postgres').url) =>
      setRolePasswords(databaseUrl, Object.fromEntries(ROLES.map((role) => [role, secrets.get(role)]))),
    onStop: (work) => void stopFirst.push(work),
    hurry() {
      for (const service of Object.values(services)) service.hurry();
    },
    stop,
  };
}

/** @type {Set<string>} */
const runDirsAlive = new Set();

/**
 * A process that ends without stopping its stacks kills their servers. A signal ends it so, unless it listens itself.
 * @param {string} runDir
 * @returns {() => void} the stack was stopped
 */
function killAtExit(runDir) {
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

/**
 * @param {{
 *   dataDir: string,
 *   runDir: string,
 *   logsDir: string,
 *   secrets: import('./secrets.mjs').Secrets,
 *   commands: Partial<Record<import('../servers/packages.mjs').ServerName, import('../servers/packages.mjs').ServerCommand>>,
 *   restart: boolean,
 *   durable: boolean,
 *   onIncident: (incident: import('../programs/supervise.mjs').Incident) => void,
 * }} stack
 */
function ownServiceStarter({ dataDir, runDir, logsDir, secrets, commands, restart, durable, onIncident }) {
  const portsFile = join(dataDir, 'ports.json');
  /** @type {Record<string, number>} */
  const ports = readJson(portsFile) ?? {};
  /** @type {Set<number>} */
  const taken = new Set();

  const make = async (/** @type {ServiceName} */ name, /** @type {number} */ port) => {
    const common = { port, dataDir: join(dataDir, name), logFile: join(logsDir, `${name}.log`), runDir };
    if (name === 'postgres') {
      const passwordIsNew = !secrets.has('postgres');
      return postgresServer({ ...common, password: secrets.get('postgres'), passwordIsNew, durable });
    }
    const server = commands[name];
    if (!server) throw new Error(`no command for ${name}`);
    return name === 'redis' ? redisServer({ ...common, server }) : natsServer({ ...common, server });
  };

  return async (/** @type {ServiceName} */ name) => {
    const logFile = join(logsDir, `${name}.log`);
    rotateLog(logFile);
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort(ports[name], taken);
      const { url, ...process } = await make(name, port);
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
      return { ...service, url, external: false };
    }
  };
}

/**
 * A server that somebody else runs. It must answer, and nobody here may break it.
 * @param {ServiceName} name
 * @param {string} url
 * @returns {Promise<StackService>}
 */
async function externalService(name, url) {
  const { variable, title } = SERVICES[name];
  const refuse = async () => {
    throw new Error(`${title} is not ours to start or stop: ${variable} names it`);
  };
  try {
    await ping(name, url);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LaunchError(`${variable} names a server that does not answer: ${reason}`);
  }
  return {
    ...{ name, url, external: true, logFile: '', pid: () => null, signal: () => false, hurry: () => {} },
    ...{ start: refuse, stop: refuse, kill: refuse },
  };
}

/** @param {ServiceName} name @param {string} url */
async function ping(name, url) {
  if (name === 'postgres') return pingPostgres(url);
  const { hostname, port, username, password, protocol } = new URL(url.split(',')[0] ?? url);
  const address = { host: hostname, port: Number(port) || (name === 'redis' ? 6379 : 4222) };
  if (protocol === 'rediss:' || protocol === 'tls:') return; // its clients check it
  if (name === 'nats') return pingNats(address);
  return pingRedis({ ...address, username: decodeURIComponent(username), password: decodeURIComponent(password) });
}
