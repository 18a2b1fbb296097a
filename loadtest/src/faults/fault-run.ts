import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { EngineHeartbeat, OwnershipEvent } from '@smart-wallet/engine/contract/events.js';
import { natsLogin, natsOptions } from '@smart-wallet/engine/contract/nats-options.js';
import { partitionOf } from '@smart-wallet/engine/contract/partition.js';
import { heartbeatSubject, ownershipSubject } from '@smart-wallet/engine/contract/subjects.js';
import { envWithoutServers } from '@smart-wallet/local-stack/env-without-servers.mjs';
import { startPlatform } from '@smart-wallet/local-stack/platform.mjs';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { startStack } from '@smart-wallet/local-stack/stack.mjs';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type AuditReport, audit } from '../audit/audit.js';
import { reportText } from '../audit/report.js';
import { createWallets } from './create-wallets.js';
import { overdueHolds, promiseFindings } from './promise-findings.js';
import { refusals } from './refusals.js';
import { TcpProxy } from './tcp-proxy.js';
import { Traffic } from './traffic.js';

/** For holds whose time is over once everything is whole again. */
const expiryPatienceMs = 8_000;

type Platform = Awaited<ReturnType<typeof startPlatform>>;

/** A whole platform of its own, traffic on it, and what its engines say of themselves, for one fault to be tried on. */
export class FaultRun {
  /** The newest word of each engine, by engine id. */
  readonly heartbeats = new Map<string, EngineHeartbeat>();
  readonly ownership: OwnershipEvent[] = [];
  /** Whoever asked so far. */
  readonly #traffics: Traffic[];

  private constructor(
    readonly platform: Platform,
    readonly walletIds: string[],
    firstTraffic: Traffic,
    readonly seed: number,
    /** Stands between `proxied` engines and Postgres. */
    readonly proxy: TcpProxy,
    private readonly nats: NatsConnection,
    /** How many engines own partitions when nothing is wrong. */
    readonly ownersWanted: number,
  ) {
    this.#traffics = [firstTraffic];
  }

  /** `active`: how many own partitions (all); `proxied`: the engines that reach Postgres through the proxy. */
  static async start({
    engines,
    active = engines,
    proxied = [],
    wallets = 10,
    gateways = 1,
    gatewayVariables = {},
    engineScript,
    services,
  }: {
    engines: number;
    active?: number;
    proxied?: readonly string[];
    wallets?: number;
    gateways?: number;
    gatewayVariables?: Readonly<Record<string, string>>;
    /** Another build's program for an engine, asked for at each of its starts. */
    engineScript?: (name: string) => string;
    /** What payments stand on, unless given. */
    services?: ('postgres' | 'redis' | 'nats' | 'rabbitmq')[];
  }): Promise<FaultRun> {
    const seed = Number(process.env.FAULT_SEED) || Math.floor(Math.random() * 2 ** 32);
    const env = envWithoutServers();
    // An engine of before has no login.
    const stack = await startStack({ env, natsLogins: engineScript === undefined, ...(services && { services }) });
    const postgres = new URL(stack.databaseUrl);
    const proxy = await TcpProxy.start({ target: { host: postgres.hostname, port: Number(postgres.port) }, seed });
    const engineEnv = (name: string): Record<string, string> =>
      proxied.includes(name) ? { DATABASE_URL: proxy.through(stack.urlFor('wallet_engine')) } : {};
    const platform = await startPlatform({
      ...{ engines, gateways, enginesActive: active, engineEnv, env, stack },
      // The traffic acts faster than people do.
      gatewayEnv: () => ({ RATE_LIMIT_ACTS: '1000000/60s', ...gatewayVariables }),
      ...(engineScript && { engineScript }),
    });
    const nats = await connect({ ...natsOptions, ...natsLogin(stack.natsUrl) });
    const walletIds = await createWallets(platform.gatewayUrl, platform.token, wallets, '1000.00');
    const urls = platform.gateways.map((gateway) => gateway.url);
    const traffic = new Traffic(urls, platform.token, walletIds, seededRandom(seed));
    const run = new FaultRun(platform, walletIds, traffic, seed, proxy, nats, active);
    run.#listen();
    return run;
  }

  /** Who asks now. */
  get traffic(): Traffic {
    return this.#traffics.at(-1) as Traffic;
  }

  /** Others ask from now on, between so many of the wallets, once those before were stopped. What those were told stands. */
  renewTraffic(wallets = this.walletIds.length): Traffic {
    const { gateways, token } = this.platform;
    const random = seededRandom(this.seed + this.#traffics.length);
    const urls = gateways.map(({ url }) => url);
    this.#traffics.push(new Traffic(urls, token, this.walletIds.slice(0, wallets), random));
    return this.traffic;
  }

  /** To be printed with whatever failed. */
  get seedText(): string {
    return `FAULT_SEED=${this.seed}`;
  }

  /** How often Postgres refused a call of any engine by its epoch. */
  get fencedCalls(): number {
    return this.#sum((heartbeat) => heartbeat.fencedCalls);
  }

  /** How often any engine had to settle a call of unknown outcome. */
  get unknownCalls(): number {
    return this.#sum((heartbeat) => heartbeat.unknownCalls);
  }

  /** The engine id behind a process's name, as its heartbeats say. */
  workerId(name: string): string {
    const found = [...this.heartbeats.values()].filter((heartbeat) => heartbeat.workerName === name).at(-1);
    if (!found) throw new Error(`${name} was not heard of`);
    return found.workerId;
  }

  /** The process that owns most partitions. */
  async mainOwner(): Promise<Platform['engines'][0]> {
    const [owner] = await this.ask<{ worker_name: string }>(
      `SELECT worker_name FROM partitions JOIN engine_workers USING (worker_id)
        GROUP BY worker_id, worker_name ORDER BY count(*) DESC LIMIT 1`,
    );
    const engine = this.platform.engines.find(({ name }) => name === owner?.worker_name);
    if (!engine) throw new Error('no engine owns anything');
    return engine;
  }

  /** How many partitions others took over from this engine. */
  async takeoversFrom(workerId: string): Promise<number> {
    const [row] = await this.ask<{ n: number }>(
      'SELECT count(*)::int AS n FROM partition_takeovers WHERE from_worker_id = $1 AND worker_id <> $1',
      [workerId],
    );
    return row?.n as number;
  }

  /** Asks the ledger, as the role that may only read. */
  async ask<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client(this.platform.urlFor('wallet_audit'));
    await client.connect();
    return (await client.query<Row>(sql, values).finally(() => client.end())).rows;
  }

  /** Partitions of this run's wallets that the engine owns. */
  async paidPartitionsOf(workerId: string): Promise<number[]> {
    const rows = await this.ask<{ id: number }>('SELECT id FROM partitions WHERE worker_id = $1', [workerId]);
    const paid = new Set(this.walletIds.map((walletId) => partitionOf(walletId, 64)));
    return rows.map(({ id }) => id).filter((id) => paid.has(id));
  }

  /** When each of the partitions first committed a payment under another owner, since that time; Unix milliseconds. */
  async firstPaid(partitions: readonly number[], notBy: string, sinceMs: number): Promise<Map<number, number>> {
    // Ids run with time, roughly: only what is new is read.
    const idFloor = uuidv7({ msecs: sinceMs - 2_000, seq: 0, random: new Uint8Array(16) });
    const rows = await this.ask<{ partition: number; ms: string }>(
      `SELECT partition, floor(extract(epoch FROM min(created_at)) * 1000)::bigint AS ms FROM transactions
        WHERE transaction_id > $1 AND partition = ANY ($2) AND worker_id <> $3
          AND kind <> 'EXPIRY' AND created_at >= to_timestamp($4 / 1000.0::float8) GROUP BY partition`,
      [idFloor, partitions, notBy, sinceMs],
    );
    return new Map(rows.map(({ partition, ms }) => [partition, Number(ms)]));
  }

  async audit(): Promise<AuditReport> {
    return audit(this.platform.urlFor('wallet_audit'), {
      acknowledged: this.#traffics.flatMap(({ acknowledged }) => acknowledged),
    });
  }

  /** What no fault excuses, one line each, and the story to print with it. To be asked once the traffic has stopped. */
  async verdict(): Promise<{ wrong: string[]; story: string }> {
    const stuck = await this.#stuckHolds();
    const report = await this.audit();
    const { traffic } = this;
    const promised = this.#traffics.flatMap((each) => [...each.promised.values()]);
    const wrong = [
      ...(report.clean ? [] : ['the books do not balance']),
      ...traffic.surprises().map((answer) => `answered ${answer}`),
      ...traffic.contradictions.map((key) => `one key, several answers: ${key}`),
      ...traffic.unanswered.map((key) => `never answered: ${key}`),
      ...(await promiseFindings((sql, values) => this.ask(sql, values), promised)),
      ...(stuck === 0 ? [] : [`${stuck} holds are stuck`]),
      ...(await refusals(this.platform.stack)),
    ];
    return { wrong, story: `${this.proxy.cuts} cuts\n${await this.describe(report)}` };
  }

  /** Whoever was taken over last may just have begun: what is due then is over a while later. */
  async #stuckHolds(): Promise<number> {
    const until = performance.now() + expiryPatienceMs;
    for (;;) {
      const overdue = await overdueHolds((sql) => this.ask(sql));
      if (overdue === 0 || performance.now() > until) return overdue;
      await sleep(100);
    }
  }

  /** What to print with a failure. */
  async describe(report?: AuditReport): Promise<string> {
    return [
      this.seedText,
      `${this.traffic.asked} asks, ${this.traffic.retries} retries, ${this.fencedCalls} fenced, ${this.unknownCalls} unknown`,
      `granted: ${JSON.stringify(this.traffic.granted())}`,
      JSON.stringify(Object.fromEntries(this.traffic.seen)),
      ...this.traffic.contradictions,
      report ? reportText(report) : '',
    ].join('\n');
  }

  async stop(): Promise<void> {
    await this.nats.close();
    await this.platform.stop();
    await this.proxy.close();
    await this.platform.stack.stop();
  }

  #listen(): void {
    const { namespace } = this.platform;
    this.nats.subscribe(heartbeatSubject(namespace), {
      callback: (error, message) => {
        if (error) return;
        const heartbeat = message.json<EngineHeartbeat>();
        this.heartbeats.set(heartbeat.workerId, heartbeat);
      },
    });
    this.nats.subscribe(ownershipSubject(namespace), {
      callback: (error, message) => {
        if (!error) this.ownership.push(message.json<OwnershipEvent>());
      },
    });
  }

  #sum(figure: (heartbeat: EngineHeartbeat) => number): number {
    return [...this.heartbeats.values()].reduce((sum, heartbeat) => sum + figure(heartbeat), 0);
  }
}
