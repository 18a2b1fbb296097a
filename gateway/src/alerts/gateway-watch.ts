import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import type { Config } from '../config.js';
import type { AnswerCounts } from '../metrics/answer-counts.js';
import { type Database, openDatabase } from '../storage/database.js';
import { GatewaySeconds } from './gateway-seconds.js';

const everyMs = 1_000;
/** Passes between two writings, between two looks at the evaluator, and between two cleanings. */
const writeEvery = 2;
const lookEvery = 5;
const pruneEvery = 600;

/** A platform that was stopped over night has not been silent: the workers have so long to start. */
const patienceMs = 60_000;

const silentMessage =
  'Nobody judges alerts: no evaluation for {seconds} s, so nothing that goes wrong is told by mail. ' +
  'Start a worker with the part `alerts`, or read the logs of the one that runs: it says what keeps it.';

export interface WatchNeeds {
  readonly counts: AnswerCounts;
  readonly unownedPartitions: () => readonly number[];
  /** After the start: until then nobody is said to be silent. 60,000. */
  readonly patienceMs?: number;
}

/**
 * What this gateway tells those who judge alerts: what it answered, and whom it cannot reach; and that nobody judges them, if so. Over one
 * connection of its own, a row for each second in which something was answered. While Postgres is away it waits, and forgets nothing.
 */
export class GatewayWatch {
  readonly #gatewayId = uuidv7();
  readonly #database: Database;
  readonly #seconds: GatewaySeconds;
  /** Partitions without a live owner, since when. */
  readonly #unowned = new Map<number, number>();
  #passes = 0;
  #busy: Promise<void> | null = null;
  #isAway = false;
  #startedAtMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    config: Pick<Config, 'databaseUrl'>,
    private readonly needs: WatchNeeds,
    private readonly log: Logger,
  ) {
    this.#database = openDatabase({ ...config, databaseConnectionsMax: 1 }, log, {
      applicationName: 'wallet-gateway watch',
    });
    this.#seconds = new GatewaySeconds(needs.counts);
  }

  async start(): Promise<void> {
    await this.#database.followTime();
    this.#startedAtMs = performance.now();
    this.#timer = setInterval(() => this.#pass(), everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#database.stopFollowing();
    await this.#busy;
    this.#seconds.passed(this.#database.nowMs());
    await this.#write(this.#database.nowMs() + 1_000).catch(() => {});
    await this.#database.end();
  }

  #pass(): void {
    const nowMs = this.#database.nowMs();
    this.#seconds.passed(nowMs);
    this.#lookAtOwners();
    this.#passes += 1;
    if (this.#busy || this.#passes % writeEvery !== 0) return;
    this.#busy = this.#tell(nowMs)
      .then(() => {
        this.#isAway = false;
      })
      .catch((error: unknown) => {
        if (!this.#isAway)
          this.log.warn({ err: error }, 'what this gateway answered cannot be written down; trying again');
        this.#isAway = true;
      })
      .finally(() => {
        this.#busy = null;
      });
  }

  async #tell(nowMs: number): Promise<void> {
    await this.#write(nowMs);
    if (this.#passes % (writeEvery * lookEvery) !== 0) return;
    if (performance.now() - this.#startedAtMs < (this.needs.patienceMs ?? patienceMs)) return;
    const { rows } = await this.#database.query<{ raised: boolean }>(
      'SELECT raise_evaluator_silent($1, $2) AS raised',
      [uuidv7(), silentMessage],
    );
    if (rows[0]?.raised) this.log.error('nobody judges alerts: start a worker with the part alerts');
  }

  async #write(nowMs: number): Promise<void> {
    const rows = this.#seconds.over(nowMs);
    const now = performance.now();
    const unowned = [...this.#unowned].map(([partition, since]) => [partition, Math.floor((now - since) / 1_000)]);
    await this.#database.query('SELECT record_gateway_seconds($1, $2, $3, $4)', [
      ...[this.#gatewayId, JSON.stringify(rows), JSON.stringify(Object.fromEntries(unowned))],
      this.#passes % pruneEvery === 0,
    ]);
    this.#seconds.written(rows);
  }

  #lookAtOwners(): void {
    const unowned = new Set(this.needs.unownedPartitions());
    for (const partition of this.#unowned.keys()) if (!unowned.has(partition)) this.#unowned.delete(partition);
    for (const partition of unowned) {
      if (!this.#unowned.has(partition)) this.#unowned.set(partition, performance.now());
    }
  }
}
