import type { Pool } from 'pg';

/** What every engine that owns a partition speaks at least, as the ledger says. It only rises: what was so once is so for good. */
export class LeastProtocol {
  #known = 0;

  constructor(private readonly database: Pick<Pool, 'query'>) {}

  /** At once if it is known to be. Rejects when the database does not answer. */
  isAtLeast(protocol: number): true | Promise<boolean> {
    if (this.#known >= protocol) return true;
    return this.#read().then(() => this.#known >= protocol);
  }

  async #read(): Promise<void> {
    const { rows } = await this.database.query<{ protocol: number }>({
      name: 'least-protocol',
      text: 'SELECT protocol FROM least_protocol',
    });
    this.#known = Math.max(this.#known, rows[0]?.protocol ?? 0);
  }
}
