// @ts-check
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../machine/ports.mjs';
import { killAtExit } from '../../platform/kill-at-exit.mjs';
import { openSecrets } from '../../platform/secrets.mjs';
import { makeThrowAwayDir, removeThrowAwayDir } from '../../platform/throw-away.mjs';
import { startProgram } from '../../programs/program.mjs';
import { withClient } from '../../servers/postgres-client.mjs';
import { postgresUser } from '../../servers/postgres-user.mjs';
import { ETCD_OPTIONS, etcdApiFor } from './etcd-api.mjs';
import { PatroniNode } from './patroni-node.mjs';
import { HAPROXY_CHECK } from './settings.mjs';

const NODES = 3;
const START_PATIENCE_MS = 90_000;
const POLL_MS = 100;
/** The platform's, and one of the drill's own. */
const DATABASES = ['wallet', 'drill'];

/** @typedef {Record<'patroni' | 'etcd' | 'haproxy', string>} ClusterPrograms the path of each */

/**
 * Three machines with a Postgres each, of which Patroni makes one the primary and one its synchronous standby; etcd, in which
 * they agree on it; and one address that leads to the primary, whichever it is.
 */
export class Cluster {
  /** @type {PatroniNode[]} */
  nodes = [];
  /** @type {import('../../programs/program.mjs').Program[]} */
  #servers = [];
  #addressPort = 0;
  #folder = '';
  #forgetAtExit = () => {};
  #killPostgres = () => {
    for (const node of this.nodes) node.killPostgres();
  };

  /**
   * @param {{ programs: ClusterPrograms, postgresBin: string }} options
   */
  static async start({ programs, postgresBin }) {
    const cluster = new Cluster();
    try {
      await cluster.#start(programs, postgresBin);
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Of the address that follows the primary, as superuser. @param {string} database */
  url(database) {
    const password = this.nodes[0]?.options.passwords.superuser;
    return `postgres://postgres:${password}@127.0.0.1:${this.#addressPort}/${database}`;
  }

  /** Who says that it is the primary, null while nobody does. @param {PatroniNode[]} [among] */
  async primary(among = this.nodes) {
    const said = await Promise.all(among.map((node) => node.isPrimary()));
    return among.find((_, i) => said[i]) ?? null;
  }

  /**
   * One primary, its standbys streaming, one of them synchronous.
   * @returns {Promise<{ primary: PatroniNode, synchronous: PatroniNode } | null>}
   */
  async whole() {
    const primary = await this.primary();
    if (!primary) return null;
    const standbys = await primary.standbys();
    const synchronous = this.nodes.find(({ name }) =>
      standbys.some((each) => each.name === name && each.isSynchronous),
    );
    const others = this.nodes.filter((node) => node !== primary);
    const allStream = others.every(({ name }) => standbys.some((each) => each.name === name));
    return allStream && synchronous ? { primary, synchronous } : null;
  }

  async stop() {
    await Promise.all(this.nodes.map((node) => node.stop()));
    for (const server of this.#servers.toReversed()) await server.stop();
    process.off('exit', this.#killPostgres);
    this.#forgetAtExit();
    if (!this.#folder) return;
    const kept = process.env.DRILL_LOGS;
    if (kept) cpSync(join(this.#folder, 'logs'), kept, { recursive: true });
    removeThrowAwayDir(this.#folder);
  }

  /** @param {ClusterPrograms} programs @param {string} postgresBin */
  async #start(programs, postgresBin) {
    this.#folder = await makeThrowAwayDir();
    const [logsDir, runDir] = [join(this.#folder, 'logs'), join(this.#folder, 'run')];
    for (const folder of [logsDir, runDir]) mkdirSync(folder, { mode: 0o755 });
    this.#forgetAtExit = killAtExit(runDir);
    process.on('exit', this.#killPostgres);
    const secrets = openSecrets(join(this.#folder, 'secrets.json'));
    const passwords = { superuser: secrets.get('postgres'), replication: secrets.get('replication') };
    const user = postgresUser('/');
    /** @type {Set<number>} */
    const taken = new Set();
    const port = () => freePort(undefined, taken);

    const etcdApi = etcdApiFor(programs.patroni);
    const etcdPort = await port();
    this.#servers.push(
      startEtcd({ etcdPort, peerPort: await port(), folder: this.#folder, logsDir, runDir, programs, etcdApi }),
    );
    for (let n = 1; n <= NODES; n += 1) {
      const node = new PatroniNode({
        ...{ name: `node-${n}`, folder: join(this.#folder, `node-${n}`), logsDir, runDir, programs, postgresBin },
        ...{ user, passwords, etcdPort, etcdApi, ports: { postgres: await port(), rest: await port() } },
      });
      this.nodes.push(node);
      await node.open();
    }
    for (const node of this.nodes) node.start();
    await this.until('a primary and its standbys', () => this.whole());

    const configuration = join(this.#folder, 'haproxy.cfg');
    this.#addressPort = await port();
    writeFileSync(configuration, haproxyConfiguration(this.#addressPort, this.nodes), { mode: 0o644 });
    this.#servers.push(
      startProgram({
        ...{ name: 'haproxy', command: programs.haproxy, args: ['-db', '-f', configuration], runDir },
        ...{ logFile: join(logsDir, 'haproxy.log'), stopSignal: 'SIGTERM' },
      }),
    );
    await this.until('the address of the primary', () => this.#leadsToPrimary());
    await withClient(this.url('postgres'), async (client) => {
      for (const database of DATABASES) await client.query(`CREATE DATABASE ${database}`);
    });
  }

  /** It takes all nodes for the primary until it has asked them. */
  async #leadsToPrimary() {
    for (let n = 0; n < 2 * NODES; n += 1) {
      const { rows } = await withClient(this.url('postgres'), (client) =>
        client.query('SELECT pg_is_in_recovery() AS r'),
      );
      if (rows[0].r) return false;
      await sleep(POLL_MS);
    }
    return true;
  }

  /**
   * @template T
   * @param {string} what
   * @param {() => Promise<T>} look
   * @param {number} [patienceMs]
   * @returns {Promise<NonNullable<T>>}
   */
  async until(what, look, patienceMs = START_PATIENCE_MS) {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const ended = this.#servers.find((server) => server.hasExited());
      if (ended) throw new Error(`${ended.name} ended by itself:\n${ended.logEnd()}`);
      const found = await look().catch(() => null);
      if (found) return found;
      if (performance.now() > deadline) {
        const logs = this.nodes.map((node) => `${node.name}:\n${node.logSince(Math.max(0, node.logSize() - 1_000))}`);
        throw new Error(`${what}: not there after ${patienceMs / 1_000} s\n${logs.join('\n')}`);
      }
      await sleep(POLL_MS);
    }
  }
}

/**
 * One member, which nobody harms here. A platform that is to survive the loss of any machine has three.
 * @param {{
 *   etcdPort: number, peerPort: number, folder: string, logsDir: string, runDir: string, etcdApi: import('./etcd-api.mjs').EtcdApi,
 *   programs: ClusterPrograms,
 * }} options
 */
function startEtcd({ etcdPort, peerPort, folder, logsDir, runDir, programs, etcdApi }) {
  const [clients, peers] = [`http://127.0.0.1:${etcdPort}`, `http://127.0.0.1:${peerPort}`];
  return startProgram({
    ...{ name: 'etcd', command: programs.etcd, logFile: join(logsDir, 'etcd.log'), runDir },
    args: [
      ...['--name', 'etcd', '--data-dir', join(folder, 'etcd'), '--logger', 'zap'],
      ...['--listen-client-urls', clients, '--advertise-client-urls', clients],
      ...['--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers],
      ...['--initial-cluster', `etcd=${peers}`, ...ETCD_OPTIONS[etcdApi]],
    ],
    env: { PATH: process.env.PATH, HOME: folder },
  });
}

/** @param {number} port @param {readonly PatroniNode[]} nodes */
function haproxyConfiguration(port, nodes) {
  const servers = nodes.map(
    ({ name, gates }) => `  server ${name} 127.0.0.1:${gates.postgres.port} check port ${gates.rest.port}`,
  );
  return `defaults
  mode tcp
  timeout connect 2s
  timeout client 1h
  timeout server 1h
  timeout check 2s
listen primary
  bind 127.0.0.1:${port}
  option httpchk OPTIONS /primary
  http-check expect status 200
  default-server ${HAPROXY_CHECK}
${servers.join('\n')}
`;
}
