import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import type { QueueState } from '../broker/queue-watch.js';
import type { Database } from '../database.js';

const everyMs = 5_000;
const keptFor = '1 day';
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Says in the database that this program lives, what it does, and how full the queues are. */
export class Heartbeat {
  readonly #instanceId = randomUUID();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly about: { readonly name: string; readonly parts: readonly string[] },
    private readonly queues: () => ReadonlyMap<string, QueueState>,
    private readonly log: Logger,
  ) {}

  start(): void {
    void this.#beat();
    this.#timer = setInterval(() => void this.#beat(), everyMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.database.query('DELETE FROM workers_alive WHERE instance_id = $1', [this.#instanceId]).catch(() => {});
  }

  async #beat(): Promise<void> {
    const queues = [...this.queues()].map(([name, state]) => ({ name, ...state }));
    try {
      await this.database.query(
        `WITH old AS (DELETE FROM workers_alive WHERE seen_at < now() - $6::interval)
         INSERT INTO workers_alive (instance_id, name, version, parts, queues) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (instance_id) DO UPDATE SET seen_at = clock_timestamp(), queues = excluded.queues`,
        [
          ...[this.#instanceId, this.about.name, version, this.about.parts],
          ...[queues.length > 0 ? JSON.stringify(queues) : null, keptFor],
        ],
      );
    } catch (error) {
      this.log.debug({ err: error }, 'could not say that this program lives');
    }
  }
}
