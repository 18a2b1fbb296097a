import type pg from 'pg';
import { DatabaseClock } from './contract/database-clock.js';
import { dropConnection, openConnection, withTimeout } from './database-connection.js';

/** How often Postgres is asked whether it is there. */
export const pingEveryMs = 500;
/** An engine without an answer for this long is cut off from Postgres: others may not be, and take its partitions over. */
export const databaseSilenceMaxMs = 3_000;
/** A ping not answered for this long is asked again on a new connection. */
const pingTimeoutMs = 1_200;

/** What a ping needs of a connection. */
export interface PingConnection {
  /** The database's time, epoch milliseconds. */
  ask(): Promise<number>;
  drop(): void;
}

/**
 * Asks Postgres twice a second whether it is there, on a connection of its own: a call that waits for a locked row says
 * nothing about the network, and must not be taken for a cut.
 */
export class DatabasePing {
  #connection: PingConnection | null = null;
  readonly #clock = new DatabaseClock(Date.now(), performance.now());
  #answeredAt = Number.NEGATIVE_INFINITY;
  #next: NodeJS.Timeout | undefined;
  #stopped = false;
  #asking = false;

  constructor(private readonly connect: () => Promise<PingConnection>) {}

  static of(url: string, applicationName: string): DatabasePing {
    // One that is lost fails the next ping, which is followed by a new one.
    return new DatabasePing(async () => connectionOf(await openConnection(url, `${applicationName} ping`, () => {})));
  }

  /** Resolves after the first answer, or when none came. */
  async start(): Promise<void> {
    await this.#ask();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#next);
    this.#drop();
  }

  /** False without an answer for `databaseSilenceMaxMs`. */
  get answers(): boolean {
    return this.silentMs() < databaseSilenceMaxMs;
  }

  /** The database's time, as far as its answers tell. Unix milliseconds. */
  nowMs(): number {
    return this.#clock.nowMs(performance.now());
  }

  /** The latest that it may be for the database: when its clock was just set ahead, as that says. */
  latestMs(): number {
    return this.#clock.latestMs(performance.now());
  }

  /** Asks now, and not at the next turn: its clock was set, it seems. */
  askSoon(): void {
    if (this.#asking || this.#stopped) return;
    clearTimeout(this.#next);
    void this.#ask();
  }

  /** Since the last answer; Infinity before the first. */
  silentMs(): number {
    return performance.now() - this.#answeredAt;
  }

  /** Another connection did not come about or went silent: the next answer has to come over a new one. */
  doubt(): void {
    this.#drop();
  }

  async #ask(): Promise<void> {
    const askedAt = performance.now();
    this.#asking = true;
    try {
      this.#connection ??= await this.connect();
      const sentAt = performance.now();
      const databaseMs = await withTimeout(this.#connection.ask(), pingTimeoutMs);
      this.#answeredAt = performance.now();
      this.#clock.sample(databaseMs, (sentAt + this.#answeredAt) / 2);
    } catch {
      this.#drop();
    }
    this.#asking = false;
    if (this.#stopped) return this.#drop();
    this.#next = setTimeout(() => void this.#ask(), Math.max(0, askedAt + pingEveryMs - performance.now()));
  }

  #drop(): void {
    this.#connection?.drop();
    this.#connection = null;
  }
}

function connectionOf(client: pg.Client): PingConnection {
  return {
    async ask() {
      const { rows } = await client.query<{ ms: string }>(
        'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms',
      );
      return Number((rows[0] as { ms: string }).ms);
    },
    drop: () => dropConnection(client),
  };
}
