import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from '@smart-wallet/loadtest/audit/audit.js';
import { launchBrowser } from '@smart-wallet/loadtest/browser/launch-browser.js';
import { fetchDisplayToken } from '@smart-wallet/local-stack/display-token.mjs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Audience } from '../live/audience.js';
import { type BoardPlatform, startBoardPlatform } from '../platform/board-platform.js';
import { collectingGatewayEnv, gatewayMemory, pageHeap } from '../platform/collected-heap.js';
import { Load } from '../platform/load.js';
import { NetworkLink } from '../platform/network-link.js';
import { BoardPage } from './board-page.js';
import { differences, ledgerSeconds, type SecondFigures } from './second-figures.js';

const soakMs = (Number(process.env.SOAK_MINUTES) || 30) * 60_000;
/** The board's history is full by then, where the soak is long enough: from then on nothing may grow. */
const settleMs = Math.min(soakMs / 3, 15 * 60_000);
const roundMs = 30_000;
const paymentsPerSecond = 60;
const clientCount = 200;
const slowCount = 20;
const offlineMs = 60_000;
const killEveryRounds = 4;
/** The board's table reaches back 15 minutes: compared this often, every second is compared. */
const compareEveryRounds = 20;
const noiseBytes = 6_000_000;

let browser: Browser;
let link: NetworkLink;
let on: BoardPlatform;
let load: Load;
let board: BoardPage;
let audience: Audience;

beforeAll(async () => {
  browser = await launchBrowser();
  link = await NetworkLink.start();
  on = await startBoardPlatform({
    engines: 3,
    gatewayEnv: () => ({ ...collectingGatewayEnv, GATEWAY_PUBLIC_URL: link.url }),
  });
  const { gatewayUrl: url, token } = on.platform;
  link.leadTo(Number(new URL(url).port));
  load = await Load.open([url], token);
  const display = await fetchDisplayToken(url, token);
  board = await BoardPage.open(browser, { url: link.url, token: display });
  audience = new Audience({ urls: [url], token: display, size: clientCount, slow: slowCount });
});

afterAll(async () => {
  audience?.leave();
  await load?.stop();
  await browser?.close();
  await on?.stop();
  await link?.close();
});

test(
  'a long time with many clients, slow ones, engines killed and a minute offline: no memory climbs, no second is missed, all equal the ledger',
  async () => {
    const [gateway] = on.platform.gateways as [BoardPlatform['platform']['gateways'][0]];
    const untilMs = performance.now() + soakMs;
    const measureFromMs = performance.now() + settleMs;
    const memory: { heapBytes: number; buffersBytes: number; page: number }[] = [];
    let kills = 0;
    load.flow(paymentsPerSecond);
    load.refusals.start(1_000);
    await audience.seated();
    audience.beSlow();
    let wentOffline = false;
    for (let round = 1; performance.now() < untilMs || !wentOffline; round += 1) {
      if (round % killEveryRounds === 0) {
        const engine = on.platform.engines[kills % on.platform.engines.length] as (typeof on.platform.engines)[0];
        await engine.kill();
        await sleep(5_000);
        await engine.start();
        kills += 1;
      }
      if (!wentOffline && performance.now() > measureFromMs) {
        link.goOffline();
        await sleep(offlineMs);
        expect((await board.verdict()).rule).toBe('NOT_CONNECTED');
        link.goOnline();
        await board.untilLive(30_000);
        wentOffline = true;
      }
      await sleep(roundMs);
      if (performance.now() > measureFromMs) {
        memory.push({ ...(await gatewayMemory(gateway)), page: await pageHeap(board.page) });
      }
      const left = Math.max(0, Math.round((untilMs - performance.now()) / 1_000));
      console.log(`${left} s left, ${kills} engines killed, ${JSON.stringify(memory.at(-1) ?? 'settling')}`);
      expect(audience.faults()).toEqual([]);
      expect(board.wire.faults()).toEqual([]);
      // What is closed is final, also while payments go on.
      if (round % compareEveryRounds === 0) await expectLedgerAndBoardAgree();
    }

    const lastSecond = await load.ebb();
    await audience.heard(lastSecond);
    await board.secondsThrough(lastSecond);
    const shown = await expectLedgerAndBoardAgree();
    expect(shown.filter(({ paid }) => paid > 0).length).toBeGreaterThan(Math.min(800, (0.8 * soakMs) / 1_000));
    expect(audience.faults()).toEqual([]);
    expect(board.wire.faults()).toEqual([]);
    expect(board.complaints).toEqual([]);
    expect((await audit(on.databaseUrl)).clean).toBe(true);

    const story = JSON.stringify(memory);
    expect(memory.length, story).toBeGreaterThan(3);
    for (const part of ['heapBytes', 'buffersBytes', 'page'] as const) {
      expect(climb(memory.map((one) => one[part])), `${part} of ${story}`).toBeLessThan(noiseBytes);
    }
    expect(kills, 'engines killed').toBeGreaterThan(0);
  },
  soakMs + offlineMs + 300_000,
);

async function expectLedgerAndBoardAgree(): Promise<SecondFigures[]> {
  const shown = await board.closedSeconds();
  expect(differences(shown, await ledgerSeconds(on.databaseUrl))).toEqual([]);
  return shown;
}

/** By how much the lowest of the last third is above the lowest of the first: peaks come and go. */
function climb(values: readonly number[]): number {
  const third = Math.ceil(values.length / 3);
  return Math.min(...values.slice(-third)) - Math.min(...values.slice(0, third));
}
