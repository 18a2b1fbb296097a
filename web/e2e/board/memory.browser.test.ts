import { setTimeout as sleep } from 'node:timers/promises';
import { launchBrowser } from '@smart-wallet/loadtest/browser/launch-browser.js';
import { fetchDisplayToken } from '@smart-wallet/local-stack/display-token.mjs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Audience } from '../live/audience.js';
import { type BoardPlatform, startBoardPlatform } from '../platform/board-platform.js';
import { collectingGatewayEnv, gatewayMemory, gatewayMetrics, pageHeap } from '../platform/collected-heap.js';
import { Load } from '../platform/load.js';
import { patienceMs } from '../platform/patience.js';
import { BoardPage } from './board-page.js';

vi.setConfig({ testTimeout: 3 * patienceMs, hookTimeout: 2 * patienceMs });

const clientCount = 200;
const slowCount = 20;
const settleMs = 6_000;
const measureMs = 20_000;
/** Of several frames. */
const watchedMs = 2_000;
/** What may come and go. */
const noiseBytes = 3_000_000;

let browser: Browser;
let on: BoardPlatform;
let load: Load;
let board: BoardPage;
let audience: Audience;

beforeAll(async () => {
  browser = await launchBrowser();
  on = await startBoardPlatform({ engines: 1, gatewayEnv: () => collectingGatewayEnv });
  const { gatewayUrl: url, token } = on.platform;
  load = await Load.open([url], token);
  const display = await fetchDisplayToken(url, token);
  board = await BoardPage.open(browser, { url, token: display });
  audience = new Audience({ urls: [url], token: display, size: clientCount, slow: slowCount });
});

afterAll(async () => {
  audience?.leave();
  await load?.stop();
  await browser?.close();
  await on?.stop();
});

test('of 200 clients 20 do not read: neither the gateway nor the page holds on to more and more, and nobody misses a second', async () => {
  const [gateway] = on.platform.gateways as [BoardPlatform['platform']['gateways'][0]];
  load.flow(50);
  await audience.seated();
  for (const client of audience.slow) client.pause();
  await sleep(settleMs);
  await noFrameGoesToTheSlow(gateway);
  const before = { ...(await gatewayMemory(gateway)), page: await pageHeap(board.page) };
  const figuresBefore = await gatewayMetrics(gateway);
  await sleep(measureMs);
  const after = { ...(await gatewayMemory(gateway)), page: await pageHeap(board.page) };
  const figuresAfter = await gatewayMetrics(gateway);

  const story = JSON.stringify({ before, after });
  const grew = (name: string) => (figuresAfter.get(name) as number) - (figuresBefore.get(name) as number);
  const skipped = grew('wallet_live_frames_skipped_total');
  const sent = grew('wallet_live_frames_sent_total');
  expect(after.heapBytes - before.heapBytes, story).toBeLessThan(noiseBytes);
  expect(after.buffersBytes - before.buffersBytes, story).toBeLessThan(noiseBytes);
  expect(after.page - before.page, story).toBeLessThan(noiseBytes);
  // What memory rests on: no frame went to those who do not read, and every one to all the others.
  const frames = sent / (clientCount - slowCount + 1);
  expect(frames).toBeGreaterThan(measureMs / 1_000);
  expect(skipped).toBeGreaterThan(0.9 * frames * slowCount);

  for (const client of audience.slow) client.resume();
  await audience.heard(await load.ebb());
  expect(audience.faults()).toEqual([]);
  expect(board.wire.faults()).toEqual([]);
  expect(board.complaints).toEqual([]);
});

/** What lies on the way to who does not read is full: nothing more is sent there, though it is to all the others. */
async function noFrameGoesToTheSlow(gateway: BoardPlatform['platform']['gateways'][0]): Promise<void> {
  const share = async () => {
    const before = await gatewayMetrics(gateway);
    await sleep(watchedMs);
    const after = await gatewayMetrics(gateway);
    const grew = (name: string) => (after.get(name) as number) - (before.get(name) as number);
    const frames = grew('wallet_live_frames_sent_total') / (clientCount - slowCount + 1);
    return frames < 1 ? 0 : grew('wallet_live_frames_skipped_total') / (frames * slowCount);
  };
  await expect.poll(share, { timeout: patienceMs }).toBeGreaterThan(0.95);
}
