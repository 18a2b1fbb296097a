// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const RETRY_MS = 100;
const CONNECT_TIMEOUT_MS = 2_000;
/** Of a commit that waits for a standby, which may be for as long as a node is frozen. */
const STOP_PATIENCE_MS = 5_000;

/**
 * Somebody who is connected to one node and stays with it, whatever becomes of it, as an engine on the same side of a cut would:
 * it commits a row after another, and remembers which were acknowledged.
 */
export class StubbornWriter {
  /** @type {{ n: number, sentAt: number }[]} `sentAt` by performance.now() */
  acknowledged = [];
  /** The code of the last refusal: 25006 from a standby. */
  lastCode = '';
  #running = true;
  #isWarned = false;
  /** @type {pg.Client | null} */
  #client = null;
  /** @type {Promise<void>} */
  #done;

  /** @param {string} url @param {number} first of its rows' numbers */
  constructor(url, first) {
    this.url = url;
    this.#done = this.#write(first);
  }

  /** Until what it has under way is answered, or will not be. */
  async stop() {
    this.#running = false;
    const patience = setTimeout(() => this.#drop(), STOP_PATIENCE_MS);
    await this.#done;
    clearTimeout(patience);
    this.#drop();
  }

  /**
   * Those begun at that time or after it. (One begun before it may be on the standby, and its answer come when the node wakes up.)
   * @param {number} at
   */
  since(at) {
    return this.acknowledged.filter(({ sentAt }) => sentAt >= at);
  }

  /** @param {number} n */
  async #write(n) {
    for (; this.#running; n += 1) {
      try {
        this.#client ??= await this.#connect();
        this.#isWarned = false;
        const sentAt = performance.now();
        await this.#client.query('INSERT INTO rows_of_the_drill (n) VALUES ($1)', [n]);
        // A wait for the standby that was cancelled: committed here, and perhaps nowhere else.
        if (!this.#isWarned) this.acknowledged.push({ n, sentAt });
        await sleep(10);
      } catch (error) {
        const { code, severity } = /** @type {{ code?: string, severity?: string }} */ (error);
        this.lastCode = code ?? 'connection';
        if (severity !== 'ERROR') this.#drop();
        await sleep(RETRY_MS);
      }
    }
  }

  async #connect() {
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
    client.on('error', () => {});
    client.on('notice', ({ severity }) => {
      if (severity === 'WARNING') this.#isWarned = true;
    });
    await client.connect();
    return client;
  }

  #drop() {
    /** @type {any} */ (this.#client)?.connection.stream.destroy();
    this.#client = null;
  }
}
