import { measure } from './measure.js';
import type { Measurement, OpenLoopRun, Row } from './measurement.js';
import { type Ground, onPlatform } from './on-platform.js';
import { warmUp } from './product.js';
import { median } from './spread.js';
import type { Workload } from './workload.js';

/** Of the best median of single payments. */
const openLoopShare = 0.7;
const connections = 256;
const roundsMax = 3;

export interface OpenLoopOptions {
  rounds: number;
  measureMs: number;
  warmUpMs: number;
}

/** Single payments at even times, at a share of what they reached when each client waited for its answer. */
export async function measureOpenLoop(
  ground: Ground,
  workload: Workload,
  closedLoop: readonly Row[],
  options: OpenLoopOptions,
): Promise<OpenLoopRun> {
  const reached = closedLoop.filter((row) => row.case === 'http' && row.workload === workload);
  const rate = Math.max(...reached.map((row) => row.paymentsPerSecond)) * openLoopShare;
  const measured: Measurement[] = [];
  for (let round = 1; round <= Math.min(roundsMax, options.rounds); round++) {
    await onPlatform(ground, {}, async (platform) => {
      const warm = { workload, measureMs: options.warmUpMs };
      const warmUps = await warmUp(platform, new Set(['http']), warm, ground.progress);
      const { gatewayUrl: url, token, pids } = platform;
      const target = { target: 'http', url, token, connections, batchSize: 1, openLoopRate: rate } as const;
      const order = { case: 'http', workload, connections, target, pids, measureMs: options.measureMs } as const;
      const measurement = await measure(order, ground.progress);
      measured.push(measurement);
      return [...warmUps, measurement];
    });
  }
  return {
    workload,
    rate,
    paymentsPerSecond: median(measured.map((m) => m.paymentsPerSecond)),
    p50Ms: median(measured.map((m) => m.p50Ms)),
    p99Ms: median(measured.map((m) => m.p99Ms)),
    booksBalance: measured.every((m) => m.booksBalance),
  };
}
