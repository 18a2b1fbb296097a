// @ts-check
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repoDir } from '../machine/paths.mjs';
import { freePort } from '../machine/ports.mjs';
import { LaunchError, silentLog } from '../machine/terminal.mjs';
import { rotateLog, startProgram } from '../programs/program.mjs';
import { indent, logPart, supervise } from '../programs/supervise.mjs';
import { enginesActive } from './engines-active.mjs';
import { envWithoutServers } from './env-without-servers.mjs';
import { startLocalMail } from './local-mail.mjs';
import { startStack } from './stack.mjs';

/**
 * The whole platform on one machine: the servers, the migrations, engines and gateways.
 *
 * @typedef {import('../programs/supervise.mjs').Service} Service
 * @typedef {Service & { url: string, port: number, number: number }} Gateway
 * @typedef {Service & { healthUrl: string }} Engine `healthUrl` serves /health/live, /health/ready and /metrics
 * @typedef {Record<string, string>} Variables
 * @typedef {import('./stack.mjs').StackOptions & {
 *   stack?: import('./stack.mjs').Stack,
 *   databaseUrl?: string,
 *   engines?: number,
 *   enginesActive?: number,
 *   gateways?: number,
 *   gatewayPort?: number,
 *   workers?: number,
 *   mailInbox?: boolean,
 *   namespace?: string,
 *   programEnv?: Variables,
 *   migrateScript?: string,
 *   engineScript?: (name: string) => string,
 *   gatewayScript?: (name: string) => string,
 *   workersScript?: (name: string) => string,
 *   engineEnv?: (name: string) => Variables,
 *   gatewayEnv?: (name: string) => Variables,
 *   signal?: AbortSignal,
 * }} PlatformOptions
 *   `stack`: use these servers and leave them running. `databaseUrl`: another database on them, as its owner.
 *   `workers`: how many of that program (none), which needs RabbitMQ among the services. `mailInbox`: with one, unless
 *   SMTP_URL names a mail server (false).
 *   `enginesActive`: how many of the engines own partitions; as `npm start` chooses it, unless given.
 *   `migrateScript`, `engineScript`, `gatewayScript`, `workersScript`: another build's program, asked for at each start.
 *   `engineEnv`, `gatewayEnv`: variables for one program, for instance a URL that leads through a proxy.
 * @typedef {{
 *   stack: import('./stack.mjs').Stack,
 *   databaseUrl: string,
 *   namespace: string,
 *   engines: Engine[],
 *   enginesActive: string | null,
 *   gateways: Gateway[],
 *   workers: Engine[],
 *   mail: import('./local-mail.mjs').LocalMail | null,
 *   gatewayUrl: string,
 *   token: string,
 *   urlFor: (role: import('./stack.mjs').Role) => string,
 *   startEngine: () => Promise<Engine>,
 *   startGateway: () => Promise<Gateway>,
 *   startWorkers: () => Promise<Engine>,
 *   processes: () => { name: string, pid: number, healthUrl?: string }[],
 *   hurry: () => void,
 *   stop: () => Promise<void>,
 * }} Platform
 */

const MIGRATE = join(repoDir, 'engine', 'dist', 'migrate.js');
const ENGINE = join(repoDir, 'engine', 'dist', 'main.js');
const GATEWAY = join(repoDir, 'gateway', 'dist', 'main.js');
const WORKERS = join(repoDir, 'workers', 'dist', 'main.js');
/** Mail waits in Postgres, and is tried again. */
const NO_MAIL_SERVER = 'smtp://127.0.0.1:1';

/** How long an engine may drain, or a gateway finish its requests, before it is killed. */
const DRAIN_TIMEOUT_MS = 10_000;
const READY_TIMEOUT_MS = 60_000;

/**
 * Resolves when the gateways answer that they are ready.
 * @param {PlatformOptions} [options]
 * @returns {Promise<Platform>}
 */
export async function startPlatform(options = {}) {
  const { env = process.env, log = silentLog, engines: engineCount = 2, gateways: gatewayCount = 1 } = options;
  const { workers: workerCount = 0, mailInbox = false } = options;
  const { restart = true, namespace = env.WALLET_NAMESPACE || 'wallet', signal } = options;
  for (const program of [MIGRATE, ENGINE, GATEWAY, ...(workerCount > 0 ? [WORKERS] : [])]) {
    if (!existsSync(program)) throw new LaunchError(`${program} is missing: build it with npm run build`);
  }

  let ready = false;
  /** @type {(error: Error) => void} */
  let failStart = () => {};
  /** @type {Promise<never>} */
  const startFailed = new Promise((_resolve, reject) => {
    failStart = reject;
  });
  startFailed.catch(() => {});
  const abort = () => failStart(new LaunchError('Stopped before it was ready.'));
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  /** @type {(incident: import('../programs/supervise.mjs').Incident) => void} */
  const onIncident = (incident) => {
    if (ready) options.onIncident?.(incident);
    else if (incident.kind === 'died') {
      failStart(
        new LaunchError(
          `${incident.message} before the platform was ready.${incident.logEnd ? `\n${indent(incident.logEnd)}` : ''}`,
        ),
      );
    }
  };

  const stack = options.stack ?? (await startStack({ ...options, onIncident }));
  const databaseUrl = options.databaseUrl ?? stack.databaseUrl;
  const active =
    options.enginesActive?.toString() ?? enginesActive({ env, redisIsExternal: stack.service('redis').external });
  const token = env.GATEWAY_TOKEN || stack.secrets.get('gateway_token');
  const tokenSecret = env.GATEWAY_TOKEN_SECRET || stack.secrets.get('gateway_token_secret');
  /** @type {Engine[]} */
  const engines = [];
  /** @type {Gateway[]} */
  const gateways = [];
  /** @type {Engine[]} */
  const workers = [];
  /** @type {import('./local-mail.mjs').LocalMail | null} */
  let mail = null;
  /** @type {Promise<unknown>} */
  let mailStart = Promise.resolve();
  let stopping = false;
  /** A start that failed in one place goes on in another: what it would start after the stop nobody would ever end. */
  const refuseWhenStopping = () => {
    if (stopping) throw new LaunchError('Stopped before it was ready.');
  };
  // Counted when a start begins: several begin at once.
  let engineCountSoFar = 0;
  let gatewayCountSoFar = 0;
  let workersCountSoFar = 0;
  /** @type {Set<number>} promised to engines that do not listen yet */
  const healthPorts = new Set();

  const stopPrograms = async () => {
    stopping = true;
    // First who asks the others; what they have not done yet is in Postgres and waits for their next start.
    await Promise.all(workers.map((each) => each.stop()));
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await Promise.all(engines.map((engine) => engine.stop()));
    await mailStart;
    await mail?.stop();
  };
  const stop = async () => {
    await stopPrograms();
    if (!options.stack) await stack.stop();
  };

  /**
   * @param {{
   *   name: string,
   *   program: import('../servers/server.mjs').ProgramName,
   *   script: () => string,
   *   variables: Variables,
   *   probe: () => Promise<void>,
   * }} what
   */
  const superviseProgram = ({ name, program, script, variables, probe }) => {
    const logFile = join(stack.logsDir, `${name}.log`);
    rotateLog(logFile);
    return supervise({
      ...{ name, logFile, restart, onIncident, probe },
      launch: () =>
        startProgram({
          name,
          args: ['--enable-source-maps', script()],
          env: {
            ...envWithoutServers(env),
            ...stack.variables(program),
            WALLET_NAMESPACE: namespace,
            ...options.programEnv,
            ...variables,
          },
          logFile,
          runDir: stack.runDir,
        }),
      readyTimeoutMs: READY_TIMEOUT_MS,
      stopTimeoutMs: DRAIN_TIMEOUT_MS,
    });
  };

  const startEngine = async () => {
    engineCountSoFar += 1;
    const name = `engine-${engineCountSoFar}`;
    const port = await freePort(undefined, healthPorts);
    const healthUrl = `http://127.0.0.1:${port}`;
    const variables = {
      DATABASE_URL: stack.urlFor('wallet_engine', databaseUrl),
      ENGINE_NAME: name,
      ...(active === null ? {} : { ENGINES_ACTIVE: active }),
      ENGINE_HEALTH_HOST: '127.0.0.1',
      ENGINE_HEALTH_PORT: String(port),
      ...options.engineEnv?.(name),
    };
    const engine = {
      ...superviseProgram({
        ...{ name, program: /** @type {const} */ ('engine'), variables },
        script: () => options.engineScript?.(name) ?? ENGINE,
        probe: () => askReady(healthUrl),
      }),
      healthUrl,
    };
    engines.push(engine);
    await engine.start();
    return engine;
  };

  const startGateway = async () => {
    gatewayCountSoFar += 1;
    const number = gatewayCountSoFar;
    const name = `gateway-${number}`;
    // Neighbours of the port that was asked for, where they are free: they are found again at the next start.
    const port =
      number === 1 && options.gatewayPort
        ? options.gatewayPort
        : await freePort(options.gatewayPort && options.gatewayPort + number - 1);
    const url = `http://127.0.0.1:${port}`;
    const variables = {
      DATABASE_URL: stack.urlFor('wallet_gateway', databaseUrl),
      GATEWAY_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      GATEWAY_PUBLIC_URL: (number === 1 && env.GATEWAY_PUBLIC_URL) || url,
      GATEWAY_TOKEN: token,
      GATEWAY_TOKEN_SECRET: tokenSecret,
      ...options.gatewayEnv?.(name),
    };
    const gateway = {
      ...superviseProgram({
        ...{ name, program: /** @type {const} */ ('gateway'), variables },
        script: () => options.gatewayScript?.(name) ?? GATEWAY,
        probe: () => askReady(url),
      }),
      url,
      port,
      number,
    };
    gateways.push(gateway);
    // Whose port was found first is chance.
    gateways.sort((one, other) => one.number - other.number);
    await gateway.start();
    return gateway;
  };

  const startWorkers = async () => {
    workersCountSoFar += 1;
    const name = workersCountSoFar === 1 ? 'workers' : `workers-${workersCountSoFar}`;
    const port = await freePort(undefined, healthPorts);
    const healthUrl = `http://127.0.0.1:${port}`;
    const variables = {
      DATABASE_URL: stack.urlFor('wallet_workers', databaseUrl),
      SMTP_URL: options.programEnv?.SMTP_URL || env.SMTP_URL || mail?.smtpUrl || NO_MAIL_SERVER,
      GATEWAY_URL: gateways[0]?.url ?? '',
      WORKER_TOKEN: token,
      WORKER_NAME: name,
      WORKER_HEALTH_HOST: '127.0.0.1',
      WORKER_HEALTH_PORT: String(port),
    };
    const program = superviseProgram({
      ...{ name, program: /** @type {const} */ ('workers'), variables },
      script: () => options.workersScript?.(name) ?? WORKERS,
      probe: () => askReady(healthUrl),
    });
    const started = { ...program, healthUrl };
    workers.push(started);
    await started.start();
    return started;
  };

  try {
    await Promise.race([
      startFailed,
      (async () => {
        await log.step('Migrating the database', () =>
          migrate(stack, { databaseUrl, env, script: options.migrateScript ?? MIGRATE }),
        );
        // That of a build before 0.3.0 leaves the roles without passwords.
        if (options.migrateScript) await stack.setRolePasswords(databaseUrl);
        refuseWhenStopping();
        const title = `Starting ${counted(engineCount, 'engine')} and ${counted(gatewayCount, 'gateway')}`;
        await log.step(title, async () => {
          // Together: a gateway is ready only when every partition has an owner.
          const programs = [
            ...Array.from({ length: engineCount }, startEngine),
            ...Array.from({ length: gatewayCount }, startGateway),
          ];
          await Promise.race([startFailed, Promise.all(programs)]);
        });
        refuseWhenStopping();
        if (mailInbox && !env.SMTP_URL) {
          const started = startLocalMail({ stack, restart, onIncident }).then((each) => {
            mail = each;
          });
          mailStart = started.catch(() => {});
          await started;
        }
        refuseWhenStopping();
        if (workerCount > 0) {
          await log.step('Starting the workers', async () => {
            await Promise.race([startFailed, Promise.all(Array.from({ length: workerCount }, startWorkers))]);
          });
        }
      })(),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  ready = true;

  return {
    stack,
    databaseUrl,
    namespace,
    engines,
    enginesActive: active,
    gateways,
    workers,
    mail,
    gatewayUrl: gateways[0]?.url ?? '',
    token,
    urlFor: (role) => stack.urlFor(role, databaseUrl),
    startEngine,
    startGateway,
    startWorkers,
    processes: () =>
      [...Object.values(stack.services), ...(mail ? [mail] : []), ...engines, ...gateways, ...workers].flatMap(
        (service) => {
          const pid = service.pid();
          if (pid === null) return [];
          return [{ name: service.name, pid, ...('healthUrl' in service ? { healthUrl: service.healthUrl } : {}) }];
        },
      ),
    hurry() {
      for (const service of [...workers, ...gateways, ...engines]) service.hurry();
      mail?.hurry();
      if (!options.stack) stack.hurry();
    },
    stop,
  };
}

/**
 * @param {import('./stack.mjs').Stack} stack
 * @param {{ databaseUrl: string, env: NodeJS.ProcessEnv, script?: string }} options `script`: of another build
 */
export async function migrate(stack, { databaseUrl, env, script = MIGRATE }) {
  const logFile = join(stack.logsDir, 'migrate.log');
  rotateLog(logFile);
  const program = startProgram({
    name: 'migrate',
    args: ['--enable-source-maps', script],
    env: { ...env, ...stack.passwordVariables(), DATABASE_URL: databaseUrl },
    logFile,
    runDir: stack.runDir,
  });
  const { code } = await program.exited;
  if (code !== 0) throw new LaunchError(`The migration failed.${logPart(program.logEnd(), logFile)}`);
}

const READY_ANSWER_TIMEOUT_MS = 2_000;

/** @param {string} url */
async function askReady(url) {
  const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(READY_ANSWER_TIMEOUT_MS) });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`GET /health/ready answered ${response.status}: ${text.slice(0, 300)}`);
}

/** @param {number} count @param {string} noun */
function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
