import { livePath } from '@smart-wallet/engine/contract/live.js';
import { fetchDisplayToken } from '@smart-wallet/local-stack/display-token.mjs';
import { envWithoutServers } from '@smart-wallet/local-stack/env-without-servers.mjs';
import { startStack } from '@smart-wallet/local-stack/stack.mjs';
import { io } from 'socket.io-client';
import { launchBrowser } from '../browser/launch-browser.js';
import { microsEach, sumOfParts } from './cpu-by-part.js';
import { cpuOf } from './cpu-time.js';
import { makeTemplates } from './databases.js';
import type { DriveOrder } from './drive.js';
import { type Ground, onPlatform } from './on-platform.js';
import type { Driven } from './product.js';
import { runDriver } from './run-driver.js';
import { median } from './spread.js';

export interface BoardBenchOptions {
  pairs: number;
  measureMs: number;
}

export interface BoardFigures {
  /** From a commit to the paint that shows it, for the oldest commit of each frame. */
  screen: { paymentsPerSecond: number; frames: number; p50Ms: number; p95Ms: number; booksBalance: boolean };
  /** CPU of the whole platform with the stream over without it, at the same rate; null where CPU time cannot be read. */
  cost: { paymentsPerSecond: number; ratios: number[]; booksBalance: boolean } | null;
}

/** Payments a second while the screen is watched, and while the stream's cost is measured (at which neither side is short of CPU). */
const screenRate = 5_000;
const costRate = 2_500;
const batchSize = 100;
const connections = 16;
/** A gateway that has started shows nothing before its history is read. */
const showsHistoryMs = 30_000;
const askAgainMs = 500;
const warmUpMs = 6_000;

/** How long a commit takes to the screen, and what the live stream costs. */
export async function benchBoard(
  { pairs, measureMs }: BoardBenchOptions,
  progress: (message: string) => void,
): Promise<BoardFigures> {
  progress('starting the servers');
  const stack = await startStack({ env: envWithoutServers() });
  try {
    const templates = await makeTemplates(stack.databaseUrl, [], progress);
    await stack.setRolePasswords();
    const ground = { stack, templates, progress };
    const screen = await watchScreen(ground, measureMs);
    const cost = await measureCost(ground, pairs, measureMs);
    return { screen, cost };
  } finally {
    await stack.stop();
  }
}

async function watchScreen(ground: Ground, measureMs: number): Promise<BoardFigures['screen']> {
  const result = { acknowledged: 0, booksBalance: false, paymentsPerSecond: 0, lags: [] as number[] };
  await onPlatform(ground, {}, async (platform) => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
      const token = await fetchDisplayToken(platform.gatewayUrl, platform.token);
      await page.goto(`${platform.gatewayUrl}/wallboard#token=${token}`);
      const warmUp = await drive(platform, screenRate, warmUpMs);
      const from = await page.evaluate(() => performance.now());
      const measured = await drive(platform, screenRate, measureMs);
      result.lags = await page.evaluate(
        (since) =>
          performance
            .getEntriesByName('commit-to-screen')
            .filter((entry) => entry.startTime > since)
            .map((entry) => entry.duration),
        from,
      );
      result.acknowledged = warmUp.succeeded + measured.succeeded;
      result.paymentsPerSecond = Math.round(measured.answers / measured.seconds);
    } finally {
      await browser.close();
    }
    return [result];
  });
  const lags = result.lags.sort((a, b) => a - b);
  if (lags.length === 0) throw new Error('the wallboard showed no payment');
  const at = (share: number) => Math.round(lags[Math.min(lags.length - 1, Math.floor(lags.length * share))] as number);
  const { paymentsPerSecond, booksBalance } = result;
  const screen = { paymentsPerSecond, frames: lags.length, p50Ms: at(0.5), p95Ms: at(0.95), booksBalance };
  ground.progress(`commit to screen at ${paymentsPerSecond}/s: p50 ${screen.p50Ms} ms, p95 ${screen.p95Ms} ms`);
  return screen;
}

/** Pairs of platforms, with the stream and one screen's connection, and without; which goes first alternates. */
async function measureCost(ground: Ground, pairs: number, measureMs: number): Promise<BoardFigures['cost']> {
  const ratios: number[] = [];
  let booksBalance = true;
  for (let pair = 0; pair < pairs; pair++) {
    const cpu = { on: Number.NaN, off: Number.NaN };
    for (const stream of pair % 2 === 0 ? (['on', 'off'] as const) : (['off', 'on'] as const)) {
      const result = { acknowledged: 0, booksBalance: false };
      await onPlatform(ground, { LIVE_STREAM: stream }, async (platform) => {
        const close = stream === 'on' ? await watch(platform) : () => {};
        const warmUp = await drive(platform, costRate, warmUpMs);
        const before = cpuOf(platform.pids());
        const measured = await drive(platform, costRate, measureMs);
        const after = cpuOf(platform.pids());
        close();
        result.acknowledged = warmUp.succeeded + measured.succeeded;
        cpu[stream] = sumOfParts(microsEach(before, after, measured.succeeded)) ?? Number.NaN;
        return [result];
      });
      booksBalance &&= result.booksBalance;
    }
    if (Number.isNaN(cpu.on)) return null;
    ratios.push(cpu.on / cpu.off);
    ground.progress(`CPU a payment: ${Math.round(cpu.on)} µs with the stream, ${Math.round(cpu.off)} µs without`);
  }
  return { paymentsPerSecond: costRate, ratios, booksBalance };
}

function drive(platform: Driven, rate: number, measureMs: number) {
  const order: DriveOrder = {
    target: 'http',
    workload: 'uniform',
    url: platform.gatewayUrl,
    token: platform.token,
    connections,
    batchSize,
    openLoopRate: rate,
    warmUpMs: 0,
    measureMs,
  };
  return runDriver(order);
}

/** A screen's connection, without the screen. It comes again while a gateway that has just started refuses it. */
async function watch(platform: Driven): Promise<() => void> {
  const token = await fetchDisplayToken(platform.gatewayUrl, platform.token);
  const socket = io(platform.gatewayUrl, { path: livePath, transports: ['websocket'], auth: { token } });
  const giveUpAt = performance.now() + showsHistoryMs;
  await new Promise<void>((resolve, reject) => {
    socket.once('frame', () => resolve());
    socket.on('connect_error', (error) => {
      if (performance.now() > giveUpAt) reject(error);
      else setTimeout(() => socket.connect(), askAgainMs);
    });
  });
  return () => socket.disconnect();
}

export function boardReport(machine: string, { screen, cost }: BoardFigures): string {
  const lines = [
    machine,
    '',
    `commit to screen, at ${screen.paymentsPerSecond} payments/s in batches of ${batchSize}`,
    `  the oldest payment of each of ${screen.frames} frames: p50 ${screen.p50Ms} ms, p95 ${screen.p95Ms} ms` +
      `   (target: p95 < 1000)   books ${screen.booksBalance ? 'balance' : 'DO NOT BALANCE'}`,
  ];
  if (cost) {
    const percent = (ratio: number) => `${((ratio - 1) * 100).toFixed(1)} %`;
    const sorted = [...cost.ratios].sort((a, b) => a - b);
    lines.push(
      '',
      `what the live stream costs, in CPU a payment at ${cost.paymentsPerSecond} payments/s`,
      `  median of ${sorted.length} pairs: ${percent(median(sorted))}, from ${percent(sorted[0] as number)} to ` +
        `${percent(sorted.at(-1) as number)}   (target: < 5 %)   books ${cost.booksBalance ? 'balance' : 'DO NOT BALANCE'}`,
    );
  }
  return lines.join('\n');
}
