// @ts-check
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf, identify, isAlive, signalIfAlive, waitUntilGone } from '../../machine/identity.mjs';
import { startProgram } from '../../programs/program.mjs';
import { withClient } from '../../servers/postgres-client.mjs';
import { Gate } from './gate.mjs';
import { PATRONI_SETTINGS } from './settings.mjs';

const REST_TIMEOUT_MS = 2_000;

/**
 * @typedef {{
 *   name: string,
 *   folder: string,
 *   logsDir: string,
 *   runDir: string,
 *   programs: import('./cluster.mjs').ClusterPrograms,
 *   postgresBin: string,
 *   user: import('../../servers/postgres-user.mjs').PostgresUser | null,
 *   passwords: { superuser: string, replication: string },
 *   etcdPort: number,
 *   etcdApi: import('./etcd-api.mjs').EtcdApi,
 *   ports: { postgres: number, rest: number },
 * }} NodeOptions
 */

/** One machine of the cluster: a Postgres and its Patroni, and the network between them and all others. */
export class PatroniNode {
  /** @type {import('../../programs/program.mjs').Program | null} */
  #patroni = null;
  /** @type {import('../../machine/identity.mjs').ProcessIdentity[]} */
  #frozen = [];

  /** @param {NodeOptions} options */
  constructor(options) {
    this.options = options;
    this.name = options.name;
    this.dataDir = join(options.folder, 'data');
    this.logFile = join(options.logsDir, `${options.name}.log`);
    this.gates = {
      etcd: new Gate(options.etcdPort),
      postgres: new Gate(options.ports.postgres),
      rest: new Gate(options.ports.rest),
    };
  }

  async open() {
    const { folder, user } = this.options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (user) chownSync(folder, user.uid, user.gid);
    for (const gate of Object.values(this.gates)) await gate.open();
  }

  start() {
    const { folder, runDir, programs, user } = this.options;
    const file = join(folder, 'patroni.json');
    writeFileSync(file, JSON.stringify(this.#configuration(), null, 2), { mode: 0o600 });
    if (user) chownSync(file, user.uid, user.gid);
    this.#patroni = startProgram({
      ...{ name: this.name, command: programs.patroni, args: [file], logFile: this.logFile, runDir, cwd: folder },
      env: { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C.UTF-8', TZ: 'UTC' },
      ...(user ?? {}),
    });
  }

  /** Without the gates: the way that is left to who stands on the same side of a cut. @param {string} database */
  directUrl(database) {
    return `postgres://postgres:${this.options.passwords.superuser}@127.0.0.1:${this.options.ports.postgres}/${database}`;
  }

  /** Postgres and Patroni at once, as a machine that loses its power. */
  async kill() {
    const family = this.#family();
    this.#patroni?.kill('SIGKILL');
    for (const member of family) signalIfAlive(member, 'SIGKILL');
    await this.#patroni?.exited;
    await Promise.all(family.map((member) => waitUntilGone(member, 5_000)));
  }

  /** Postgres alone; its Patroni sees it. */
  crash() {
    for (const member of this.#postgres()) signalIfAlive(member, 'SIGKILL');
  }

  freeze() {
    this.#frozen = this.#family();
    this.#patroni?.kill('SIGSTOP');
    for (const member of this.#frozen) signalIfAlive(member, 'SIGSTOP');
  }

  thaw() {
    for (const member of this.#frozen) signalIfAlive(member, 'SIGCONT');
    this.#patroni?.kill('SIGCONT');
    this.#frozen = [];
  }

  cut() {
    for (const gate of Object.values(this.gates)) gate.cut();
  }

  heal() {
    for (const gate of Object.values(this.gates)) gate.heal();
  }

  /** Whether it holds the right to be the primary and is it already, by its own word. */
  async isPrimary() {
    try {
      const url = `http://127.0.0.1:${this.options.ports.rest}/primary`;
      const answer = await fetch(url, { signal: AbortSignal.timeout(REST_TIMEOUT_MS) });
      const { role } = /** @type {{ role?: string }} */ (await answer.json());
      return answer.status === 200 && (role === 'primary' || role === 'master');
    } catch {
      return false;
    }
  }

  /**
   * Who streams from it, and whose confirmation its commits wait for.
   * @returns {Promise<{ name: string, isSynchronous: boolean }[]>}
   */
  async standbys() {
    const { rows } = await withClient(this.directUrl('postgres'), (client) =>
      client.query(`SELECT application_name AS name, sync_state IN ('sync', 'quorum') AS "isSynchronous"
                      FROM pg_stat_replication WHERE state = 'streaming'`),
    );
    return rows;
  }

  /** Has another node take over, in good order. @param {string} to */
  async switchOver(to) {
    const answer = await fetch(`http://127.0.0.1:${this.options.ports.rest}/switchover`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ leader: this.name, candidate: to }),
    });
    if (!answer.ok) throw new Error(`${this.name} does not hand over: ${answer.status} ${await answer.text()}`);
  }

  /** The bytes of its log so far. */
  logSize() {
    return existsSync(this.logFile) ? readFileSync(this.logFile).length : 0;
  }

  /** @param {number} from of `logSize` */
  logSince(from) {
    return readFileSync(this.logFile).subarray(from).toString('utf8');
  }

  async stop() {
    this.thaw();
    // Patroni stops its Postgres; one that it lost is ended here.
    await this.#patroni?.stop({ timeoutMs: 15_000 });
    this.killPostgres();
    for (const gate of Object.values(this.gates)) await gate.close();
  }

  /** The last resort, also of a process that ends in a hurry. */
  killPostgres() {
    for (const member of this.#postgres()) signalIfAlive(member, 'SIGKILL');
  }

  #family() {
    const patroni = this.#patroni && identify(this.#patroni.pid);
    return [...(patroni ? [patroni] : []), ...this.#postgres()];
  }

  /** The server and all its processes. */
  #postgres() {
    const pidFile = join(this.dataDir, 'postmaster.pid');
    if (!existsSync(pidFile)) return [];
    const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
    const postmaster = pid > 0 ? identify(pid) : null;
    if (!postmaster || !isAlive(postmaster) || !serves(pid, this.dataDir)) return [];
    return [postmaster, ...childrenOf(pid)];
  }

  #configuration() {
    const { name, folder, postgresBin, passwords, ports } = this.options;
    return {
      scope: 'wallet',
      name,
      restapi: { listen: `127.0.0.1:${ports.rest}`, connect_address: `127.0.0.1:${this.gates.rest.port}` },
      // Not the addresses that etcd tells: the way to it leads through the gate.
      [this.options.etcdApi]: { hosts: [`127.0.0.1:${this.gates.etcd.port}`], use_proxies: true },
      bootstrap: {
        dcs: PATRONI_SETTINGS,
        initdb: [
          ...[{ encoding: 'UTF8' }, { locale: 'C' }, { 'locale-provider': 'builtin' }, { 'builtin-locale': 'C.UTF-8' }],
          'data-checksums',
        ],
      },
      postgresql: {
        listen: `127.0.0.1:${ports.postgres}`,
        connect_address: `127.0.0.1:${this.gates.postgres.port}`,
        data_dir: this.dataDir,
        bin_dir: postgresBin,
        pgpass: join(folder, 'pgpass'),
        authentication: {
          superuser: { username: 'postgres', password: passwords.superuser },
          replication: { username: 'replicator', password: passwords.replication },
        },
        basebackup: [{ checkpoint: 'fast' }],
        pg_hba: ['host all all 127.0.0.1/32 scram-sha-256', 'host replication replicator 127.0.0.1/32 scram-sha-256'],
        // Not among the data: pg_rewind reads every file there.
        parameters: { unix_socket_directories: folder },
      },
      watchdog: { mode: 'off' },
    };
  }
}

/** @param {number} pid @param {string} dataDir */
function serves(pid, dataDir) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dataDir);
  } catch {
    return process.platform !== 'linux';
  }
}
