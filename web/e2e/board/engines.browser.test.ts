import { type LiveEngine, liveSilentAfterMs } from '@smart-wallet/engine/contract/live.js';
import { launchBrowser } from '@smart-wallet/loadtest/browser/launch-browser.js';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { closedSeconds, engine, frame, gateway, noon, snapshot, takeover } from '../../src/testing/live-data.js';
import { ScriptedGateway } from '../live/scripted-gateway.js';
import { overflows } from '../page/overflow.js';
import { patienceMs } from '../platform/patience.js';
import { BoardPage, phoneSize, wallSize } from './board-page.js';

vi.setConfig({ testTimeout: 3 * patienceMs, hookTimeout: 2 * patienceMs });

const partitionCount = 64;
const smallWallSize = { width: 1280, height: 720 };
const seconds = closedSeconds(noon - 900, 900, { succeeded: 40, sumByCurrency: { EUR: '1000000' } });

/** As many engines as a test asks for; the last number of an id is that of its start. */
type Names = (start: number) => string;
const plainNames: Names = (start) => `engine-${start + 1}`;
const longNames: Names = (start) => `${'wallet-engine-'.repeat(4)}${String(start).padStart(4, '0')}`;
const wideNames: Names = (start) => `${'W'.repeat(59)}${start}`;

let browser: Browser;
let scripted: ScriptedGateway;
let board: BoardPage;

beforeAll(async () => {
  browser = await launchBrowser();
  const context = await browser.newContext({ viewport: wallSize, reducedMotion: 'reduce' });
  scripted = await ScriptedGateway.open(context, snapshot(seconds, { partitionCount }));
  board = await BoardPage.open(browser, { url: scripted.url, token: 'a.b.c', context });
  scripted.tell(told(2, plainNames, 'healthy'));
  await board.untilLive();
});

afterAll(async () => {
  scripted?.close();
  await browser?.close();
});

type Story = 'healthy' | 'one active' | 'ownerless' | 'taken over' | 'restarted';

/** An id stays with its name. */
const allNames = [plainNames, longNames, wideNames];
const idOf = (names: Names, start: number) =>
  `019ab3f2-0000-7000-800${allNames.indexOf(names)}-${String(start).padStart(12, '0')}`;

/**
 * The first engine dies: its partitions have no owner; then the others have them; then it is there again, under its name,
 * as a new one, and has some of them.
 */
function told(count: number, names: Names, story: Story) {
  const alive = Array.from({ length: count }, (_, start) => engine(names(start), { workerId: idOf(names, start) }));
  const reborn = engine(names(0), { workerId: idOf(names, 90), mailboxDepth: 12_345 });
  const [first, ...others] = alive as [(typeof alive)[0], ...typeof alive];
  const heirs = story === 'restarted' ? [reborn, ...others] : others.length > 0 ? others : [reborn];
  const owners = story === 'healthy' ? alive : story === 'one active' ? [first] : heirs;
  const workers: Record<Story, LiveEngine[]> = {
    healthy: alive,
    'one active': [{ ...first, partitions: partitionCount }, ...others.map((other) => ({ ...other, standsBy: true }))],
    ownerless: [{ ...first, heardMsAgo: liveSilentAfterMs + 1 }, ...others],
    'taken over': heirs,
    restarted: heirs,
  };
  const taken = Array.from({ length: partitionCount }, (_, n) => n).filter((n) => n % count === 0);
  const event = { from: first.workerId, partitions: taken, tookMs: 3_420, atMs: noon * 1_000 - 5_000 };
  return frame({
    partitions: Array.from({ length: partitionCount }, (_, n) =>
      story === 'ownerless' && n % count === 0
        ? [7, null]
        : [7, (owners[n % owners.length] as (typeof alive)[0]).workerId],
    ),
    workers: workers[story],
    gateways: [gateway('gateway-1', { url: scripted.url })],
    takeovers:
      story === 'taken over' || story === 'restarted'
        ? heirs.slice(0, 2).map(({ workerId }) => takeover({ ...event, to: workerId }))
        : [],
    open: { ...frame().open, oldestNewAtMs: null },
  });
}

let epoch = 0;

/** Waits until the page has drawn it: its cells name the epoch. */
async function shown(count: number, names: Names, story: Story): Promise<void> {
  epoch += 1;
  const now = told(count, names, story);
  scripted.tell({ ...now, partitions: now.partitions.map(([, owner]) => [epoch, owner]) });
  const cell = board.page.locator(`.tile-partitions [data-partition="0"][data-epoch="${epoch}"]`);
  await cell.waitFor({ timeout: patienceMs });
}

test.each([
  ['plain', plainNames],
  ['long', longNames],
  ['wide', wideNames],
] as const)(
  'nothing runs out of the partitions\u2019 tile, and no two names are alike, with 1 to 8 engines of %s names',
  async (kind, names) => {
    // Known before one dies, as on a board that has been on for a while.
    await shown(8, names, 'healthy');
    const faults: string[] = [];
    for (const story of ['healthy', 'one active', 'ownerless', 'taken over', 'restarted'] as const) {
      for (const count of [1, 2, 3, 4, 5, 8]) {
        await shown(count, names, story);
        for (const size of [wallSize, smallWallSize]) {
          await board.page.setViewportSize(size);
          const about = `${kind} ${story} ${count} at ${size.width}`;
          await board.picture(`engines ${about}`);
          for (const fault of await overflows(board.page, '.tile-partitions')) faults.push(`${about}: ${fault}`);
          const named = await board.page.locator('.tile-partitions .legend-name').allTextContents();
          if (named.length === 0 || new Set(named).size < named.length) faults.push(`${about}: ${named.join(', ')}`);
        }
      }
    }
    expect(faults).toEqual([]);
  },
);

test('an engine that stands by is not one that lacks its partitions', async () => {
  await board.page.setViewportSize(wallSize);
  await shown(2, plainNames, 'one active');
  expect(await board.page.locator('.tile-partitions .legend-count').allTextContents()).toEqual(['64', 'standby']);
  await board.page.keyboard.press('d');
  const row = board.page.locator('tr', { hasText: 'engine-2' }).first();
  await row.waitFor({ timeout: patienceMs });
  expect(await row.textContent()).toContain('stands by');
  await board.page.keyboard.press('Escape');
});

test('who took over and whom from have different names, though both were started as the same engine', async () => {
  await board.page.setViewportSize(wallSize);
  await shown(8, plainNames, 'healthy');
  await shown(2, plainNames, 'restarted');
  expect(await board.text('takeover')).toBe('2 engines took 32 from engine-1 in 3.4 s');
  expect(await board.page.locator('.tile-partitions .legend-name').allTextContents()).toEqual([
    'engine-1 (new)',
    'engine-2',
  ]);
  await shown(1, plainNames, 'restarted');
  expect(await board.text('takeover')).toBe('engine-1 (new) took 64 from engine-1 in 3.4 s');
});

test.each([
  ['plain', plainNames],
  ['long', longNames],
  ['wide', wideNames],
] as const)('on a phone nothing runs out of the page with engines of %s names', async (kind, names) => {
  await board.page.setViewportSize(wallSize);
  await shown(3, names, 'healthy');
  await shown(3, names, 'restarted');
  await board.page.setViewportSize(phoneSize);
  await board.page.locator('.phone-list').waitFor();
  await board.picture(`engines phone ${kind}`);
  expect(await overflows(board.page, '.phone')).toEqual([]);
  expect(await board.page.locator('.phone-list').textContent()).toContain('(new)');
});

test('the browser had nothing to complain of', () => {
  expect(board.complaints).toEqual([]);
});
