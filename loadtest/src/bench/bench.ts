import { type ChildProcess, fork } from 'node:child_process';
import { type Stack, startStack } from '@smart-wallet/local-stack/stack.mjs';
import { withClient } from '../ledger/scratch-database.js';
import { cpuOf } from './cpu-time.js';
import { assertDurable, makeTemplates, type Templates } from './databases.js';
import type { DriveOrder } from './drive.js';
import { Histogram } from './histogram.js';
import { onPlatform, type Platform, pidsOf } from './on-platform.js';
import { planBooksBalance } from './plan-tables.js';
import { rawBooksBalance } from './raw-tables.js';
import type { Figures, Measurement } from './results.js';
import { cpuText, median, medianRow } from './results.js';
import { runDriver } from './run-driver.js';
import type { Workload } from './workload.js';

export const caseNames = ['raw', 'plan', 'engine', 'httpBatch', 'http'] as const;
export type CaseName = (typeof caseNames)[number];

export interface BenchOptions {
  cases: CaseName[];
  workloads: Workload[];
  rounds: number;
  measureMs: number;
  openLoop: boolean;
  platformWarmUpMs: number;
  /** All workloads on one platform and database, instead of one each: quicker, and later ones find more rows. */
  onePlatformARound: boolean;
}

const warmUpMinMs = 700;

const planConnections = 64;
const batchConnections = 8;
const batchSize = 100;
const singleConnections = [64, 256];
/** Of the best median of single payments. */
const openLoopShare = 0.7;
const openLoopConnections = 256;
const openLoopRoundsMax = 3;

type DriveTarget<T = DriveOrder> = T extends DriveOrder ? Omit<T, 'workload' | 'warmUpMs' | 'measureMs'> : never;

/** Runs all chosen cases round by round, each round from fresh copies of the seeded databases. */
export class Bench {
  readonly #options: BenchOptions;
  readonly #progress: (message: string) => void;
  readonly #measurements: Measurement[] = [];

  constructor(options: BenchOptions, progress: (message: string) => void) {
    this.#options = options;
    this.#progress = progress;
  }

  async run(): Promise<Figures> {
    const { rounds, workloads, cases } = this.#options;
    this.#progress('starting the servers');
    const stack = await startStack();
    try {
      const templates = await makeTemplates(stack.databaseUrl, cases, this.#progress);
      await stack.setRolePasswords();
      for (let round = 1; round <= rounds; round++) {
        for (const together of this.#options.onePlatformARound ? [workloads] : workloads.map((each) => [each])) {
          const groups = [
            ...together.map((workload) => () => this.#raw(stack, templates, workload)),
            ...together.map((workload) => () => this.#plan(stack, templates, workload)),
            () => this.#product(stack, templates, together, round),
          ];
          // Turned every round, so that no case always comes after the same other.
          for (let i = 0; i < groups.length; i++) await groups[(i + round) % groups.length]?.();
        }
      }
      const openLoop = this.#options.openLoop && cases.includes('http') ? await this.#openLoop(stack, templates) : [];
      return { rows: this.#rows(), openLoop };
    } finally {
      await stack.stop();
    }
  }

  async #raw(stack: Stack, templates: Templates, workload: Workload): Promise<void> {
    if (!this.#options.cases.includes('raw')) return;
    const database = await templates.clone('raw');
    await assertDurable(database.url);
    const target = { target: 'raw', databaseUrl: database.url } as const;
    const result = await this.#drive('raw', workload, 2, target, () => [stack.postgres.pid()]);
    result.booksBalance = await withClient(database.url, rawBooksBalance);
    await database.drop();
  }

  async #plan(stack: Stack, templates: Templates, workload: Workload): Promise<void> {
    if (!this.#options.cases.includes('plan')) return;
    const database = await templates.clone('plan');
    await assertDurable(database.url);
    const server = await startPlanServer(database.url, stack.redisUrl);
    const pids = () => [server.pid, stack.postgres.pid(), stack.redis.pid()];
    const target = {
      target: 'http',
      url: server.url,
      token: 'none',
      connections: planConnections,
      batchSize: 1,
    } as const;
    const result = await this.#drive('plan', workload, planConnections, target, pids);
    await server.stop();
    result.booksBalance = await withClient(database.url, planBooksBalance);
    await database.drop();
  }

  async #product(stack: Stack, templates: Templates, workloads: Workload[], round: number): Promise<void> {
    const { cases } = this.#options;
    if (!cases.some((name) => name === 'engine' || name === 'httpBatch' || name === 'http')) return;
    await onPlatform(stack, templates, {}, this.#progress, async (platform) => {
      const http = { target: 'http', url: platform.gatewayUrl, token: platform.token } as const;
      const pids = () => pidsOf(platform);
      const measured = await this.#warmUp(platform, workloads[0] as Workload);
      for (const workload of workloads) {
        const runs: (() => Promise<Measurement>)[] = [];
        if (cases.includes('engine')) {
          const { natsUrl } = stack;
          const { databaseUrl, namespace } = platform;
          const target = { target: 'engine', databaseUrl, natsUrl, namespace } as const;
          runs.push(() => this.#drive('engine', workload, 1, target, pids));
        }
        if (cases.includes('httpBatch')) {
          const target = { ...http, connections: batchConnections, batchSize };
          runs.push(() => this.#drive('httpBatch', workload, batchConnections, target, pids));
        }
        for (const connections of cases.includes('http') ? singleConnections : []) {
          const target = { ...http, connections, batchSize: 1 };
          runs.push(() => this.#drive('http', workload, connections, target, pids));
        }
        for (let i = 0; i < runs.length; i++) measured.push((await runs[(i + round) % runs.length]?.()) as Measurement);
      }
      return measured;
    });
  }

  /** After the rounds: single payments at even times, at a share of what they reached. */
  async #openLoop(stack: Stack, templates: Templates): Promise<Figures['openLoop']> {
    const results: Figures['openLoop'] = [];
    const rows = this.#rows().filter((row) => row.case === 'http');
    for (const workload of this.#options.workloads) {
      const peak = Math.max(...rows.filter((row) => row.workload === workload).map((row) => row.paymentsPerSecond));
      const rate = peak * openLoopShare;
      const measured: Measurement[] = [];
      for (let round = 1; round <= Math.min(openLoopRoundsMax, this.#options.rounds); round++) {
        await onPlatform(stack, templates, {}, this.#progress, async (platform) => {
          const target = { target: 'http', url: platform.gatewayUrl, token: platform.token } as const;
          const order = { ...target, connections: openLoopConnections, batchSize: 1, openLoopRate: rate };
          const warmUps = await this.#warmUp(platform, workload);
          const pids = () => pidsOf(platform);
          const measurement = await this.#drive('http', workload, openLoopConnections, order, pids, { keep: false });
          measured.push(measurement);
          return [...warmUps, measurement];
        });
      }
      results.push({
        workload,
        rate,
        paymentsPerSecond: median(measured.map((m) => m.paymentsPerSecond)),
        p50Ms: median(measured.map((m) => m.p50Ms)),
        p99Ms: median(measured.map((m) => m.p99Ms)),
        booksBalance: measured.every((m) => m.booksBalance),
      });
    }
    return results;
  }

  /** Until the engines hold the wallets in memory and all code on the way is compiled: what is measured is the platform running, not starting. */
  async #warmUp(platform: Platform, workload: Workload): Promise<Measurement[]> {
    const { databaseUrl, namespace, stack, gatewayUrl, token } = platform;
    const { cases, platformWarmUpMs: measureMs } = this.#options;
    const engine = { target: 'engine', databaseUrl, natsUrl: stack.natsUrl, namespace } as const;
    const pids = () => pidsOf(platform);
    const measured = [await this.#drive('engine', workload, 1, engine, pids, { keep: false, measureMs })];
    for (const [name, batch] of [
      ['http', 1],
      ['httpBatch', batchSize],
    ] as const) {
      if (!cases.includes(name)) continue;
      const http = { target: 'http', url: gatewayUrl, token, connections: 64, batchSize: batch } as const;
      measured.push(await this.#drive(name, workload, 64, http, pids, { keep: false, measureMs: measureMs / 2 }));
    }
    return measured;
  }

  async #drive(
    name: CaseName,
    workload: Workload,
    connections: number,
    target: DriveTarget,
    pids: () => (number | null)[],
    { keep = true, measureMs = this.#options.measureMs } = {},
  ): Promise<Measurement> {
    const warmUpMs = keep ? Math.max(warmUpMinMs, measureMs / 2) : 0;
    const cpuBefore = cpuOf(pids());
    const result = await runDriver({ ...target, workload, measureMs, warmUpMs } as DriveOrder);
    const cpuAfter = cpuOf(pids());
    const latency = Histogram.from(result.latency);
    const measurement: Measurement = {
      case: name,
      workload,
      connections,
      paymentsPerSecond: result.payments / result.seconds,
      p50Ms: latency.percentileMs(0.5),
      p99Ms: latency.percentileMs(0.99),
      cpuMicrosPerPayment:
        cpuBefore === null || cpuAfter === null ? null : ((cpuAfter - cpuBefore) * 1_000) / result.succeeded,
      acknowledged: result.succeeded,
      booksBalance: true,
    };
    if (result.failures > 0) this.#progress(`  ${result.failures} failed, the first: ${result.firstFailure}`);
    if (!keep && !('openLoopRate' in target)) return measurement;
    if (keep) this.#measurements.push(measurement);
    const { paymentsPerSecond, p50Ms, p99Ms, cpuMicrosPerPayment } = measurement;
    this.#progress(
      `${name.padEnd(9)} ${workload.padEnd(8)} ${String(connections).padStart(3)} connections: ${Math.round(paymentsPerSecond)}/s, ` +
        `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, ${cpuText(cpuMicrosPerPayment)} µs of CPU a payment (load generator: ${Math.round(result.ownCpu * 100)} % of a core)`,
    );
    return measurement;
  }

  #rows() {
    const groups = Map.groupBy(this.#measurements, (m) => `${m.case} ${m.connections} ${m.workload}`);
    return [...groups.values()].map(medianRow);
  }
}

interface PlanServer {
  url: string;
  pid: number | null;
  stop(): Promise<void>;
}

async function startPlanServer(databaseUrl: string, redisUrl: string): Promise<PlanServer> {
  const child: ChildProcess = fork(new URL('./plan-server.js', import.meta.url), {
    env: { ...process.env, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl },
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message: { url: string }) => resolve(message.url));
    child.once('exit', (code) => reject(new Error(`the plan's server ended with ${code}`)));
  });
  return {
    url,
    pid: child.pid ?? null,
    stop: () => {
      child.disconnect();
      return exited;
    },
  };
}
