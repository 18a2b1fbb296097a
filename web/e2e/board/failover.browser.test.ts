import { launchBrowser } from '@smart-wallet/loadtest/browser/launch-browser.js';
import { fetchDisplayToken } from '@smart-wallet/local-stack/display-token.mjs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { StreamClient } from '../live/stream-client.js';
import { type BoardPlatform, startBoardPlatform } from '../platform/board-platform.js';
import { Load } from '../platform/load.js';
import { patienceMs } from '../platform/patience.js';
import { BoardPage } from './board-page.js';
import { differences, ledgerSeconds } from './second-figures.js';

vi.setConfig({ testTimeout: 3 * patienceMs, hookTimeout: 2 * patienceMs });

const clientCount = 8;

let browser: Browser;
let on: BoardPlatform;
let load: Load;
let board: BoardPage;
const clients: StreamClient[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
  on = await startBoardPlatform({ engines: 1, gateways: 2 });
  const urls = on.platform.gateways.map((gateway) => gateway.url);
  const token = await fetchDisplayToken(urls[0] as string, on.platform.token);
  load = await Load.open(urls, on.platform.token);
  // Opened without a word of the other gateway: the frames tell of it.
  board = await BoardPage.open(browser, { url: urls[0] as string, token });
  for (let i = 0; i < clientCount; i += 1) clients.push(new StreamClient(urls, token));
});

afterAll(async () => {
  for (const client of clients) client.close();
  await load?.stop();
  await browser?.close();
  await on?.stop();
});

test('of two gateways one is killed: its clients move to the other and miss no second, and back again', async () => {
  const [first, second] = on.platform.gateways as [Gateway, Gateway];
  load.flow(60);
  await board.until('MOVING');
  await expect.poll(() => clients.every(({ seconds }) => seconds > 0), { timeout: patienceMs }).toBe(true);

  const rounds: [killed: Gateway, survivor: Gateway][] = [
    [first, second],
    [second, first],
  ];
  for (const [round, [killed, survivor]] of rounds.entries()) {
    await killed.kill();
    const moved = ({ resumed, url }: StreamClient) => resumed > round && url === survivor.url;
    await expect.poll(() => clients.every(moved), { timeout: patienceMs }).toBe(true);
    const { host } = new URL(survivor.url);
    await expect.poll(() => board.wire.served.at(-1)?.url, { timeout: patienceMs }).toBe(host);
    const lastHeld = clients[0]?.last as number;
    await expect.poll(() => clients.every(({ last }) => (last ?? 0) > lastHeld), { timeout: patienceMs }).toBe(true);
    await board.untilLive();
    await killed.start();
    // Heard by the survivor, the page knows where to go next.
    await gatewaysKnown(2);
  }

  for (const client of clients) {
    expect(client.faults).toEqual([]);
    expect(client.startedAnew).toBe(0);
    expect(client.resumed).toBeGreaterThanOrEqual(2);
  }
  const [began, ...wentOn] = board.wire.served.map(({ resumed }) => resumed);
  expect(began).toBe(false);
  expect(wentOn.length).toBeGreaterThanOrEqual(2);
  expect(wentOn).not.toContain(false);
  expect(board.wire.faults()).toEqual([]);
  const shown = await board.secondsThrough(await load.ebb());
  expect(differences(shown, await ledgerSeconds(on.databaseUrl))).toEqual([]);
  expect(shown.filter(({ paid }) => paid > 0).length).toBeGreaterThan(5);
  expect(board.complaints).toEqual([]);
});

type Gateway = BoardPlatform['platform']['gateways'][0];

/** Gateways that frames tell of, and that are heard. */
async function gatewaysKnown(count: number): Promise<void> {
  await expect.poll(() => new Set(board.wire.frames.at(-1)?.liveGatewayUrls).size, { timeout: patienceMs }).toBe(count);
}
