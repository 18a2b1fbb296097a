import { setTimeout as sleep } from 'node:timers/promises';
import { envWithoutServers } from '@smart-wallet/local-stack/env-without-servers.mjs';
import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import { type Stack, startStack } from '@smart-wallet/local-stack/stack.mjs';
import { makeTemplates } from '../databases.js';
import type { DriveOrder } from '../drive.js';
import { onPlatform } from '../on-platform.js';
import type { Driven } from '../product.js';
import { runDriver } from '../run-driver.js';
import { median } from '../spread.js';
import { cpuBetween, type RelayCpu, RelayCpuMeter } from './relay-cpu.js';

export interface RelayBenchOptions {
  rounds: number;
  measureMs: number;
}

/** The relay's CPU beside that of the payments whose events it published; microseconds are for each payment. */
export interface RelayRow {
  load: string;
  paymentsPerSecond: number;
  paymentMicros: number;
  relayMicros: number;
  backendMicros: number;
  brokerMicros: number;
  /** How long after the last payment its event was confirmed. */
  caughtUpMs: number;
}

export interface RelayFigures {
  /** Medians of the rounds. */
  rows: RelayRow[];
  /** Of one core, while nobody pays: the relay and its connections. */
  idlePercent: number;
  booksBalance: boolean;
}

const loads = [
  { load: '300 payments/s', rate: 300, connections: 16, batchSize: 1 },
  { load: '2,500 payments/s in batches of 100', rate: 2_500, connections: 8, batchSize: 100 },
  { load: 'as many as 64 connections can', connections: 64, batchSize: 1 },
] as const;
const warmUpMs = 5_000;
const idleMs = 5_000;
const caughtUpMaxMs = 60_000;

/** What the relay costs: its process and its connections at Postgres, against everything that works for a payment. */
export async function benchRelay(
  { rounds, measureMs }: RelayBenchOptions,
  progress: (message: string) => void,
): Promise<RelayFigures> {
  progress('starting the servers');
  const stack = await startStack({ env: envWithoutServers(), services: ['postgres', 'redis', 'nats', 'rabbitmq'] });
  try {
    const templates = await makeTemplates(stack.databaseUrl, [], progress);
    await stack.setRolePasswords();
    const ground = { stack, templates, progress };
    const measured: RelayRow[] = [];
    const idle: number[] = [];
    let booksBalance = true;
    for (let round = 0; round < rounds; round++) {
      const result = { acknowledged: 0, booksBalance: false };
      await onPlatform(ground, { WORKER_PARTS: 'relay' }, async (platform) => {
        const meter = meterOf(stack, platform);
        try {
          for (const load of loads) {
            result.acknowledged += await drive(platform, load, warmUpMs);
            await caughtUp(platform);
            const { row, acknowledged } = await measureLoad({ meter, platform, load, measureMs, progress });
            measured.push(row);
            result.acknowledged += acknowledged;
          }
          idle.push(await measureIdle(meter));
        } finally {
          await meter.stop();
        }
        return [result];
      });
      booksBalance &&= result.booksBalance;
    }
    return { rows: loads.map(({ load }) => medianRow(load, measured)), idlePercent: median(idle), booksBalance };
  } finally {
    await stack.stop();
  }
}

interface LoadOrder {
  meter: RelayCpuMeter;
  platform: Driven;
  load: (typeof loads)[number];
  measureMs: number;
  progress: (message: string) => void;
}

async function measureLoad({ meter, platform, load, measureMs, progress }: LoadOrder) {
  const before = await meter.read();
  const startedAtMs = performance.now();
  const acknowledged = await drive(platform, load, measureMs);
  const paidMs = performance.now() - startedAtMs;
  const paid = cpuBetween(before, await meter.read());
  const caughtUpMs = await caughtUp(platform);
  const relayed = cpuBetween(before, await meter.read());
  const each = (ms: number) => (ms * 1_000) / acknowledged;
  const row: RelayRow = {
    load: load.load,
    paymentsPerSecond: Math.round((acknowledged * 1_000) / paidMs),
    ...{ paymentMicros: each(paid.payments), relayMicros: each(relayed.relay), backendMicros: each(relayed.backends) },
    ...{ brokerMicros: each(relayed.broker), caughtUpMs },
  };
  progress(relayRowText(row));
  return { row, acknowledged };
}

async function measureIdle(meter: RelayCpuMeter): Promise<number> {
  const before = await meter.read();
  await sleep(idleMs);
  const { relay, backends }: RelayCpu = cpuBetween(before, await meter.read());
  return ((relay + backends) * 100) / idleMs;
}

/** Waits until the broker has every event, and tells how long it took. */
async function caughtUp({ databaseUrl }: Driven): Promise<number> {
  const startedAtMs = performance.now();
  for (;;) {
    const { rows } = await withClient(databaseUrl, (client) => client.query('SELECT batches FROM relay_lag'));
    const tookMs = performance.now() - startedAtMs;
    if (rows[0].batches === '0') return Math.round(tookMs);
    if (tookMs > caughtUpMaxMs) throw new Error(`the relay does not catch up: ${rows[0].batches} batches are left`);
    await sleep(50);
  }
}

function meterOf(stack: Stack, platform: Driven): RelayCpuMeter {
  const [relay] = platform.workers;
  if (!relay) throw new Error('this platform has no workers');
  const pids = { relay: () => relay.pid(), broker: () => stack.rabbitmq.pid(), payments: platform.pids };
  return new RelayCpuMeter(pids, platform.databaseUrl);
}

async function drive(platform: Driven, load: (typeof loads)[number], measureMs: number): Promise<number> {
  const order: DriveOrder = {
    ...{ target: 'http', workload: 'uniform', url: platform.gatewayUrl, token: platform.token },
    ...{ connections: load.connections, batchSize: load.batchSize, warmUpMs: 0, measureMs },
    ...('rate' in load && { openLoopRate: load.rate }),
  };
  return (await runDriver(order)).succeeded;
}

function medianRow(load: string, measured: readonly RelayRow[]): RelayRow {
  const rows = measured.filter((row) => row.load === load);
  const of = (figure: (row: RelayRow) => number) => median(rows.map(figure));
  return {
    load,
    ...{ paymentsPerSecond: of((r) => r.paymentsPerSecond), paymentMicros: of((r) => r.paymentMicros) },
    ...{ relayMicros: of((r) => r.relayMicros), backendMicros: of((r) => r.backendMicros) },
    ...{ brokerMicros: of((r) => r.brokerMicros), caughtUpMs: of((r) => r.caughtUpMs) },
  };
}

function relayRowText(row: RelayRow): string {
  const { paymentMicros, relayMicros, backendMicros, brokerMicros } = row;
  const share = (((relayMicros + backendMicros) / paymentMicros) * 100).toFixed(1);
  const [payment, relay, backends, broker] = [paymentMicros, relayMicros, backendMicros, brokerMicros].map(Math.round);
  return (
    `${row.load} (${Math.round(row.paymentsPerSecond)}/s): ${payment} µs of CPU a payment; the relay ${relay} and its Postgres ${backends} ` +
    `beside it: ${share} %   (RabbitMQ ${broker}; caught up in ${Math.round(row.caughtUpMs)} ms)`
  );
}

export function relayReport(machine: string, { rows, idlePercent, booksBalance }: RelayFigures): string {
  return [
    machine,
    '',
    'what the relay costs, in CPU a payment, of the same run (target: 10 %)',
    ...rows.map((row) => `  ${relayRowText(row)}`),
    `  while nobody pays: ${idlePercent.toFixed(1)} % of a core`,
    `  books ${booksBalance ? 'balance' : 'DO NOT BALANCE'}`,
  ].join('\n');
}
