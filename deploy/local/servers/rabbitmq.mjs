// @ts-check
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findBinary } from '../machine/binaries.mjs';
import { freePort } from '../machine/ports.mjs';
import { startProgram } from '../programs/program.mjs';

const PORT = 5672;
const USER = 'wallet';
const PING_TIMEOUT_MS = 3_000;

/** RabbitMQ carries the platform's events to the workers. What is in it when it stops is there when it comes back. */
export const rabbitmq = /** @satisfies {import('./server.mjs').Server} */ ({
  name: /** @type {const} */ ('rabbitmq'),
  title: 'RabbitMQ',
  variable: 'AMQP_URL',
  install: {
    binaries: ['rabbitmq-server'],
    // Of that name on Debian's PATH is a script that becomes another user; this is the server's own.
    folders: ['/usr/lib/rabbitmq/bin'],
    // Asked with --version it would start.
    version: (path) => `RabbitMQ ${/\d+\.\d+\.\d+/.exec(realpathSync(path))?.[0] ?? ''}`.trim(),
    debian: 'rabbitmq-server',
    brew: 'rabbitmq',
    image: 'rabbitmq:4-alpine',
  },
  prepare({ port, dataDir, logFile, runDir, secrets, command }) {
    const password = secrets.get('rabbitmq');
    const url = `amqp://${USER}:${password}@127.0.0.1:${port}`;
    return {
      url,
      async launch() {
        const { path, start } = command();
        mkdirSync(dataDir, { recursive: true, mode: 0o700 });
        const nodes =
          path === null
            ? null
            : await startNodeNames({ logFile: join(dirname(logFile), 'rabbitmq-names.log'), runDir });
        return start({
          name: 'rabbitmq',
          listen: { port, containerPort: PORT },
          dataDir,
          logFile,
          runDir,
          args: () => [],
          env(inside) {
            writeConfiguration(dataDir, inside, password);
            return { ...environment(inside), ...nodes?.env };
          },
          afterExit: async () => {
            await nodes?.program?.stop();
          },
        });
      },
      probe: () => ping(url),
    };
  },
  ping,
});

/** Resolves when it lets the user of that URL in. @param {string} url */
async function ping(url) {
  const { connect } = await import('amqplib'); // not before it is needed: the doctor looks at machines without packages
  const connection = await connect(url, { timeout: PING_TIMEOUT_MS });
  connection.on('error', () => {});
  await connection.close();
}

/**
 * Erlang's daemon for the names of nodes. One of our own, which lives as long as the server: the usual one is shared by
 * all that runs here, is started by whoever comes first, and outlives them all.
 * @param {{ logFile: string, runDir: string }} where
 */
async function startNodeNames({ logFile, runDir }) {
  /** @type {Set<number>} */
  const taken = new Set();
  const [port, nodePort] = [await freePort(undefined, taken), await freePort(undefined, taken)];
  const command = findBinary('epmd');
  return {
    // Without one the server starts its own, which then stays.
    program: command
      ? startProgram({
          ...{ name: 'rabbitmq-names', command, logFile, runDir },
          args: ['-port', String(port), '-address', '127.0.0.1'],
        })
      : null,
    env: {
      ERL_EPMD_PORT: String(port),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_DIST_PORT: String(nodePort),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    },
  };
}

/** @param {import('./packages.mjs').Inside} inside */
function environment({ dataDir }) {
  return {
    HOME: dataDir,
    LC_ALL: 'C.UTF-8',
    // The script then becomes the server, instead of waiting for one that no signal to the script would end.
    RUNNING_UNDER_SYSTEMD: 'true',
    // Its data are found by this name; whose node it is, its own daemon for names knows.
    RABBITMQ_NODENAME: 'wallet@localhost',
    RABBITMQ_MNESIA_BASE: join(dataDir, 'data'),
    RABBITMQ_LOG_BASE: join(dataDir, 'log'),
    RABBITMQ_CONFIG_FILE: join(dataDir, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(dataDir, 'plugins'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    // Several run beside each other on one machine: none takes processors for itself.
    RABBITMQ_SCHEDULER_BIND_TYPE: 'u',
  };
}

/**
 * @param {string} dataDir as we see it
 * @param {import('./packages.mjs').Inside} inside
 * @param {string} password
 */
function writeConfiguration(dataDir, inside, password) {
  const settings = {
    'listeners.tcp.1': `${inside.host}:${inside.port}`,
    load_definitions: join(inside.dataDir, 'definitions.json'),
    'log.console': 'true',
    'log.console.level': 'warning',
    'log.file': 'false',
    'vm_memory_high_watermark.absolute': '512MB',
    'disk_free_limit.absolute': '200MB',
    'raft.wal_max_size_bytes': String(64 * 1024 ** 2),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  writeFileSync(join(dataDir, 'rabbitmq.conf'), lines.join(''), { mode: 0o600 });
  writeFileSync(join(dataDir, 'plugins'), '[].\n', { mode: 0o600 });
  writeFileSync(join(dataDir, 'definitions.json'), JSON.stringify(definitions(password)), { mode: 0o600 });
}

/** Read at each start: the password is the one of the secrets, also when those were lost and the data were not. @param {string} password */
function definitions(password) {
  const salt = randomBytes(4);
  const hash = createHash('sha256').update(salt).update(password).digest();
  return {
    users: [
      {
        name: USER,
        password_hash: Buffer.concat([salt, hash]).toString('base64'),
        hashing_algorithm: 'rabbit_password_hashing_sha256',
        tags: 'administrator',
      },
    ],
    vhosts: [{ name: '/' }],
    permissions: [{ user: USER, vhost: '/', configure: '.*', write: '.*', read: '.*' }],
  };
}
