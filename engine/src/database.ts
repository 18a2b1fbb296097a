import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { dropConnection, NoAnswer, openConnection, withTimeout } from './database-connection.js';
import type { DatabasePing } from './database-ping.js';
import { Distribution } from './health/distribution.js';

/** A commit call not answered for this long has an unknown outcome. Below the role's `transaction_timeout` (10 s). */
export const callTimeoutMs = 5_000;
/** A read or takeover not answered for this long is given up and tried again on a new connection. */
export const controlTimeoutMs = 8_000;
/** A takeover that waits longer than this ends whoever it waits for. */
export const blockerPatienceMs = 1_000;

const unblockTimeoutMs = 2_000;
const callSecondsBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Postgres said something at the commit that puts it in doubt, such as a cancelled wait for the standby. */
export class WarnedAtCommit extends Error {}

/**
 * An engine's two connections: one for commits alone, one for everything else. Neither reconnects by itself: a lost commit
 * connection means a call of unknown outcome, which has to be settled before the next one.
 */
export class Database {
  #commit: pg.Client | null = null;
  #control: pg.Client | null = null;
  #lastQuery: Promise<unknown> = Promise.resolve();
  #warning: string | null = null;

  constructor(
    private readonly url: string,
    private readonly applicationName: string,
    private readonly log: Logger,
    private readonly ping: Pick<DatabasePing, 'doubt' | 'nowMs' | 'latestMs' | 'askSoon'>,
  ) {}

  /** The database's time, as far as this engine knows. Unix milliseconds. */
  nowMs(): number {
    return this.ping.nowMs();
  }

  /** The latest that it may be for the database. */
  latestMs(): number {
    return this.ping.latestMs();
  }

  /** Its clock was set, it seems: it is asked at once. */
  askTime(): void {
    this.ping.askSoon();
  }

  /** Seconds of each call of apply_batch_v3, answered or not. */
  readonly callSeconds = new Distribution(callSecondsBounds);
  failedCalls = 0;

  /** Runs apply_batch_v3. Throws what Postgres or the connection says; see `classifyFailure`. */
  async commit<Row extends pg.QueryResultRow>(call: pg.QueryConfig): Promise<Row> {
    this.#commit ??= await this.#connect('commit');
    const client = this.#commit;
    this.#warning = null;
    const calledAt = performance.now();
    try {
      const result = await withTimeout(client.query<Row>(call), callTimeoutMs);
      if (this.#warning !== null) throw new WarnedAtCommit(this.#warning);
      return result.rows[0] as Row;
    } catch (error) {
      this.failedCalls += 1;
      // An ERROR leaves the connection as it was. After anything else it must not be used again: never retried in place.
      if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') this.dropCommitConnection();
      if (error instanceof NoAnswer) this.#dropSilent();
      throw error;
    } finally {
      this.callSeconds.observe((performance.now() - calledAt) / 1_000);
    }
  }

  /** Runs anything else, one query after the other. */
  query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const result = this.#lastQuery.then(() => this.#query<Row>(text, values));
    this.#lastQuery = result.catch(() => {});
    return result;
  }

  async #query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    this.#control ??= await this.#connect('control');
    const client = this.#control;
    try {
      return (await withTimeout(client.query<Row>(text, values), controlTimeoutMs)).rows;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') {
        dropConnection(client);
        if (this.#control === client) this.#control = null;
      }
      if (error instanceof NoAnswer) this.ping.doubt();
      throw error;
    }
  }

  /**
   * Runs a query that waits for other engines' calls to end. A client that stalled in the middle of its call would hold it up
   * for ever, so whoever blocks it for over a second is terminated.
   */
  async queryPastBlockers<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    let done = false;
    const query = this.query<Row>(text, values).finally(() => {
      done = true;
    });
    query.catch(() => {});
    await Promise.race([query.catch(() => {}), sleep(blockerPatienceMs)]);
    while (!done) {
      await this.#terminateBlockers().catch((error: unknown) =>
        this.log.warn({ err: error }, 'could not end a blocker'),
      );
      await Promise.race([query.catch(() => {}), sleep(200)]);
    }
    return query;
  }

  /** Ahead of the first call, which may be that of a takeover. Where it cannot be opened, the first call opens it. */
  async openCommitConnection(): Promise<void> {
    const client = await this.#connect('commit').catch(() => null);
    if (this.#commit === null) this.#commit = client;
    else if (client) dropConnection(client);
  }

  dropCommitConnection(): void {
    if (this.#commit) dropConnection(this.#commit);
    this.#commit = null;
  }

  async close(): Promise<void> {
    const clients = [this.#commit, this.#control].filter((client) => client !== null);
    this.#commit = null;
    this.#control = null;
    await Promise.allSettled(clients.map((client) => withTimeout(client.end(), 1_000)));
  }

  async #terminateBlockers(): Promise<void> {
    const blocked = (this.#control as (pg.Client & { processID?: number }) | null)?.processID;
    if (blocked === undefined) return;
    const client = await this.#connect('unblock');
    try {
      const ending = client.query<{ pid: number }>(
        'SELECT pid FROM unnest(pg_blocking_pids($1)) AS pid WHERE pg_terminate_backend(pid)',
        [blocked],
      );
      const { rows } = await withTimeout(ending, unblockTimeoutMs);
      for (const { pid } of rows) {
        this.log.warn({ backend: pid }, 'ended a stalled database session that held up a takeover');
      }
    } finally {
      dropConnection(client);
    }
  }

  /** A call was not answered. If it is the network, an idle connection is as dead, and the call is to be settled over a new one. */
  #dropSilent(): void {
    if (this.#control) dropConnection(this.#control);
    this.#control = null;
    this.ping.doubt();
  }

  async #connect(purpose: string): Promise<pg.Client> {
    const opening = openConnection(this.url, `${this.applicationName} ${purpose}`, (lost, error) => {
      this.log.warn({ err: error, purpose }, 'a database connection was lost');
      if (this.#commit === lost) this.#commit = null;
      if (this.#control === lost) this.#control = null;
    });
    opening.catch(() => this.ping.doubt());
    const client = await opening;
    client.on('notice', (notice) => {
      if (purpose === 'commit' && notice.severity === 'WARNING') this.#warning = notice.message ?? 'a warning';
    });
    return client;
  }
}
