import { setTimeout as sleep } from 'node:timers/promises';
import { launchBrowser } from '@smart-wallet/loadtest/browser/launch-browser.js';
import { fetchDisplayToken } from '@smart-wallet/local-stack/display-token.mjs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { coloursWithoutWords, seriousProblems } from '../page/accessibility.js';
import { type BoardPlatform, startBoardPlatform } from '../platform/board-platform.js';
import { Load } from '../platform/load.js';
import { NetworkLink } from '../platform/network-link.js';
import { patienceMs } from '../platform/patience.js';
import { BoardPage } from './board-page.js';
import { watchPartitions } from './partition-watch.js';
import { differences, ledgerSeconds } from './second-figures.js';

vi.setConfig({ testTimeout: 3 * patienceMs, hookTimeout: 2 * patienceMs });

/*
 * The page reaches its one gateway through a link that can be cut. Payments come in at another gateway, which the page is
 * not told of: money moves while the page sees nothing.
 */

const offlineMs = 12_500;

let browser: Browser;
let link: NetworkLink;
let on: BoardPlatform;
let load: Load;
let board: BoardPage;

beforeAll(async () => {
  browser = await launchBrowser();
  link = await NetworkLink.start();
  on = await startBoardPlatform({ engines: 1, gateways: 2, gatewayEnv: () => ({ GATEWAY_PUBLIC_URL: link.url }) });
  const [first, second] = on.platform.gateways.map((gateway) => gateway.url) as [string, string];
  link.leadTo(Number(new URL(first).port));
  load = await Load.open([second], on.platform.token);
  board = await BoardPage.open(browser, { url: link.url, token: await fetchDisplayToken(second, on.platform.token) });
  load.flow(40);
  await board.until('MOVING');
});

afterAll(async () => {
  await load?.stop();
  await browser?.close();
  await on?.stop();
  await link?.close();
});

test('a gateway that hangs: the board says so, keeps its last figures under the notice, and recovers with what it missed', async () => {
  const [gateway] = on.platform.gateways as [BoardPlatform['platform']['gateways'][0]];
  gateway.signal('SIGSTOP');
  await expectStale();
  await board.picture('stale');
  await expectNoSeriousProblem();
  await sleep(2_000);
  gateway.signal('SIGCONT');
  await expectRecovery();
});

test('a gateway that is stopped and started again: the same', async () => {
  const [gateway] = on.platform.gateways as [BoardPlatform['platform']['gateways'][0]];
  await gateway.stop();
  await expectStale();
  await gateway.start();
  await expectRecovery();
});

test('a client that is offline for a while goes on where it was, without a gap or a repeat', async () => {
  link.goOffline();
  const offlineAtMs = Date.now();
  await expectStale();
  await sleep(offlineMs - (Date.now() - offlineAtMs));
  const { words } = await board.verdict();
  expect(words).toMatch(/^Unknown: Not connected for \d\d s\. Figures are from/);
  await board.picture('offline');
  const connectionsBefore = board.wire.served.length;
  link.goOnline();
  await expectRecovery();
  const resumption = board.wire.served[connectionsBefore];
  expect(resumption?.resumed).toBe(true);
  // What it missed came with the first snapshot: as many seconds as it was away.
  expect(resumption?.seconds.length).toBeGreaterThan(offlineMs / 1_000 - 2);
});

test('no engine left: the board says that payments wait, and takes it back', async () => {
  const [engine] = on.platform.engines as [BoardPlatform['platform']['engines'][0]];
  const partitions = await watchPartitions(board.page);
  const held = await partitions.heldBy(engine.name);
  expect(held).toHaveLength(64);
  await engine.kill();
  expect((await board.until('ENGINE_SILENT')).words).toMatch(
    /^Critical: No word from any engine for \d+ s: payments wait$/,
  );
  await board.picture('no-engine');
  await expectNoSeriousProblem();
  expect(await board.page.locator('[data-partition][data-owner=""]').count()).toBe(64);
  await engine.start();
  await expect
    .poll(() => board.page.locator('[data-partition][data-owner=""]').count(), { timeout: patienceMs })
    .toBe(0);
  // Each of them: had its owner, had none, has one again.
  const story = await partitions.story();
  for (const partition of held) {
    expect(story.owners.get(partition), `partition ${partition}`).toEqual(['', engine.name]);
  }
  expect(story.words).toContain('64 without an owner');
  // What was turned away meanwhile is told for a minute; that payments wait no more shows at once.
  expect((await board.until(['MOVING', 'NOT_ACCEPTED'])).words).not.toContain('engine');
});

test('in the end every closed second on the board equals the ledger', async () => {
  const shown = await board.secondsThrough(await load.ebb());
  const ledger = await ledgerSeconds(on.databaseUrl);
  expect(differences(shown, ledger)).toEqual([]);
  expect(shown.filter(({ paid }) => paid > 0).length).toBeGreaterThan(offlineMs / 1_000 + 15);
  expect(board.wire.faults()).toEqual([]);
  expect(board.complaints).toEqual([]);
});

async function expectStale(): Promise<void> {
  const figure = () => board.text('payments-per-second');
  expect((await board.until('NOT_CONNECTED')).words).toMatch(
    /^Unknown: Not connected for \d+ s\. Figures are from \d\d:\d\d:\d\d UTC$/,
  );
  for (const name of ['payments', 'success', 'latency', 'moved', 'partitions']) {
    expect(await board.tile(name).getAttribute('data-state'), name).toBe('stale');
    expect(await board.tile(name).locator('.tile-aside').textContent(), name).toMatch(/^\d+ s old$/);
  }
  const kept = await figure();
  expect(Number(kept)).toBeGreaterThan(0);
  await sleep(1_200);
  expect(await figure()).toBe(kept);
}

async function expectNoSeriousProblem(): Promise<void> {
  expect(await seriousProblems(board.page)).toEqual([]);
  expect(await coloursWithoutWords(board.page)).toEqual([]);
}

/** By itself, on a new connection, and as if nothing had been. */
async function expectRecovery(): Promise<void> {
  await board.untilLive();
  expect(board.wire.served.length).toBeGreaterThan(1);
  expect(board.wire.served.slice(1).every(({ resumed }) => resumed)).toBe(true);
  expect(board.wire.faults()).toEqual([]);
  await board.until('MOVING');
}
