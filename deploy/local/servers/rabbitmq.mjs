// @ts-check
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findBinary } from '../machine/binaries.mjs';
import { freePort } from '../machine/ports.mjs';
import { startProgram } from '../programs/program.mjs';

const PORT = 5672;
/** May everything. */
const ADMIN = 'wallet';
const WORKERS = 'workers';
/** What workers make, write and read is theirs; to a queue itself they write through the default exchange. */
const WORKERS_OWN = '^smart-wallet\\..*';
const PING_TIMEOUT_MS = 3_000;

/** RabbitMQ carries the platform's events to the workers. What is in it when it stops is there when it comes back. */
export const rabbitmq = /** @satisfies {import('./server.mjs').Server} */ ({
  name: /** @type {const} */ ('rabbitmq'),
  title: 'RabbitMQ',
  variable: 'AMQP_URL',
  programs: ['workers'],
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
  prepare({ port, dataDir, logFile, runDir, secrets, tls, command }) {
    /** @type {Record<string, string>} */
    const passwords = { [ADMIN]: secrets.get('rabbitmq'), [WORKERS]: secrets.get('rabbitmq_workers') };
    const at = tls ? `${tls.host}:${port}` : `127.0.0.1:${port}`;
    const urlOf = (/** @type {string} */ user) => `${tls ? 'amqps' : 'amqp'}://${user}:${passwords[user]}@${at}`;
    const url = urlOf(ADMIN);
    return {
      url,
      urls: { workers: urlOf(WORKERS) },
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
            writeConfiguration(dataDir, inside, passwords, tls);
            return { ...environment(inside), ...nodes?.env };
          },
          afterExit: async () => {
            await nodes?.program?.stop();
          },
        });
      },
      probe: () => ping(url, tls?.ca),
    };
  },
  ping,
});

/**
 * Resolves when it lets the user of that URL in.
 * @param {string} url
 * @param {string} [ca] whose certificates are taken, in place of those that Node takes
 */
async function ping(url, ca) {
  const { connect } = await import('amqplib'); // not before it is needed: the doctor looks at machines without packages
  const connection = await connect(url, { timeout: PING_TIMEOUT_MS, ...(ca ? { ca } : {}) });
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
 * @param {Record<string, string>} passwords
 * @param {import('../platform/tls-files.mjs').TlsFiles | undefined} tls
 */
function writeConfiguration(dataDir, inside, passwords, tls) {
  const settings = {
    ...(tls ? tlsSettings(tls, dataDir, inside) : { 'listeners.tcp.1': `${inside.host}:${inside.port}` }),
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
  writeFileSync(join(dataDir, 'definitions.json'), JSON.stringify(definitions(passwords)), { mode: 0o600 });
}

/**
 * @param {import('../platform/tls-files.mjs').TlsFiles} tls
 * @param {string} dataDir as we see it
 * @param {import('./packages.mjs').Inside} inside
 */
function tlsSettings(tls, dataDir, inside) {
  const { cert, key } = tls.copyTo(dataDir);
  return {
    'listeners.tcp': 'none',
    'listeners.ssl.1': `${inside.host}:${inside.port}`,
    'ssl_options.certfile': join(inside.dataDir, cert),
    'ssl_options.keyfile': join(inside.dataDir, key),
    'ssl_options.verify': 'verify_none',
    'ssl_options.fail_if_no_peer_cert': 'false',
  };
}

/** Read at each start: passwords are those of the secrets, also when these were lost and the data were not. @param {Record<string, string>} passwords */
function definitions(passwords) {
  const user = (/** @type {string} */ name) => {
    const salt = randomBytes(4);
    const hash = createHash('sha256')
      .update(salt)
      .update(passwords[name] ?? '')
      .digest();
    return {
      name,
      password_hash: Buffer.concat([salt, hash]).toString('base64'),
      hashing_algorithm: 'rabbit_password_hashing_sha256',
      tags: name === ADMIN ? 'administrator' : '',
    };
  };
  return {
    users: [user(ADMIN), user(WORKERS)],
    vhosts: [{ name: '/' }],
    permissions: [
      { user: ADMIN, vhost: '/', configure: '.*', write: '.*', read: '.*' },
      {
        ...{ user: WORKERS, vhost: '/', configure: WORKERS_OWN, read: WORKERS_OWN },
        write: `${WORKERS_OWN}|^amq\\.default$`,
      },
    ],
  };
}
