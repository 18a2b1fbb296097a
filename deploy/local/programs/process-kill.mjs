// @ts-check
import { join } from 'node:path';
import pg from 'pg';
import { readJson } from '../machine/files.mjs';
import { childrenOf, isAlive, signalIfAlive } from '../machine/identity.mjs';
import { localDir, stackFile } from '../machine/paths.mjs';
import { LaunchError } from '../machine/terminal.mjs';

/**
 * Ends a process of the running platform as a crash would.
 * @param {string} name
 * @param {{ name: string, pid: number }[]} processes of the running platform
 * @param {string} [runDir] where their records are
 * @returns {number} its pid
 */
export function killProcess(name, processes, runDir = join(localDir, 'run')) {
  const names = processes.map((process) => process.name).sort();
  const pid = processes.find((process) => process.name === name)?.pid;
  if (pid === undefined) {
    throw new LaunchError(`No process "${name}" of Smart Wallet is running here. There are: ${names.join(', ')}`);
  }
  // The pid alone may be another program's by now: the record made when it started names one process for good.
  const record = readJson(join(runDir, `${name}.process.json`));
  if (record?.pid !== pid || !isAlive(record)) throw new LaunchError(`${name} has just ended by itself. Try again.`);
  const family = name === 'postgres' ? childrenOf(pid) : [];
  if (!signalIfAlive(record, 'SIGKILL'))
    throw new LaunchError(`${name} (pid ${pid}) cannot be killed: it belongs to another user.`);
  // A crash of Postgres takes all its processes at once.
  for (const member of family) signalIfAlive(member, 'SIGKILL');
  return pid;
}

const RESTART_TIMEOUT_MS = 30_000;
const POLL_MS = 50;

/**
 * Waits until `npm start` has started it again.
 * @param {string} name
 * @param {number} formerPid
 * @returns {Promise<number | null>} the new pid; null when it stays down
 */
export async function waitForRestart(name, formerPid) {
  const until = performance.now() + RESTART_TIMEOUT_MS;
  while (performance.now() < until) {
    /** @type {{ name: string, pid: number }[]} */
    const processes = readJson(stackFile)?.processes ?? [];
    const pid = processes.find((process) => process.name === name)?.pid;
    if (pid !== undefined && pid !== formerPid) return pid;
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  return null;
}

const TAKEOVER_TIMEOUT_MS = 30_000;

/**
 * Looks at who holds the partitions, by the word of Postgres.
 * @param {string} databaseUrl
 */
export async function watchPartitions(databaseUrl) {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 3_000 });
  client.on('error', () => {});
  await client.connect();
  return {
    /** @param {string} workerName @returns {Promise<number[]>} */
    async heldBy(workerName) {
      const { rows } = await client.query(
        'SELECT id FROM partitions JOIN engine_workers USING (worker_id) WHERE worker_name = $1 ORDER BY id',
        [workerName],
      );
      return rows.map(({ id }) => id);
    },
    /** Who owns the most. @returns {Promise<string | null>} its name */
    async mainOwner() {
      const { rows } = await client.query(
        `SELECT worker_name FROM partitions JOIN engine_workers USING (worker_id)
          GROUP BY worker_id, worker_name ORDER BY count(*) DESC, worker_name LIMIT 1`,
      );
      return rows[0]?.worker_name ?? null;
    },
    /** The present epochs of some partitions. @param {number[]} partitions */
    async epochs(partitions) {
      const { rows } = await client.query('SELECT id, epoch FROM partitions WHERE id = ANY ($1)', [partitions]);
      return new Map(rows.map(({ id, epoch }) => [Number(id), String(epoch)]));
    },
    /**
     * Waits until all of them have a new owner.
     * @param {Map<number, string>} before their epochs
     * @returns {Promise<Map<string, number> | null>} how many each engine took; null when it took too long
     */
    async takenOver(before) {
      const until = performance.now() + TAKEOVER_TIMEOUT_MS;
      while (performance.now() < until) {
        const { rows } = await client.query(
          `SELECT id, epoch, worker_name FROM partitions JOIN engine_workers USING (worker_id) WHERE id = ANY ($1)`,
          [[...before.keys()]],
        );
        if (rows.length === before.size && rows.every(({ id, epoch }) => before.get(Number(id)) !== String(epoch))) {
          /** @type {Map<string, number>} */
          const taken = new Map();
          for (const { worker_name } of rows) taken.set(worker_name, (taken.get(worker_name) ?? 0) + 1);
          return taken;
        }
        await new Promise((done) => setTimeout(done, POLL_MS));
      }
      return null;
    },
    close: () => client.end().catch(() => {}),
  };
}
