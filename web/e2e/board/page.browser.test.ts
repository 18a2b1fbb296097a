import { gzipSync } from 'node:zlib';
import { launchBrowser } from '@smart-wallet/loadtest/browser/launch-browser.js';
import { fetchDisplayToken } from '@smart-wallet/local-stack/display-token.mjs';
import type { Browser, Response } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { coloursWithoutWords, seriousProblems } from '../page/accessibility.js';
import { type BoardPlatform, startBoardPlatform } from '../platform/board-platform.js';
import { Load } from '../platform/load.js';
import { patienceMs } from '../platform/patience.js';
import { BoardPage, type BoardPageOptions, phoneSize, wallSize } from './board-page.js';

vi.setConfig({ testTimeout: 3 * patienceMs, hookTimeout: 2 * patienceMs });

const docsMs = 80_000;
const firstLoadBytesMax = 300_000;

let browser: Browser;
let on: BoardPlatform;
let load: Load;
let url: string;
let token: string;
const boards: BoardPage[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
  on = await startBoardPlatform({ engines: 2 });
  url = on.platform.gatewayUrl;
  token = await fetchDisplayToken(url, on.platform.token);
  load = await Load.open([url], on.platform.token);
  load.flow(20);
});

afterAll(async () => {
  await load?.stop();
  await browser?.close();
  await on?.stop();
});

afterEach(async () => {
  for (const board of boards.splice(0)) {
    expect(board.complaints).toEqual([]);
    await board.close();
  }
});

async function open(options: Partial<BoardPageOptions> = {}): Promise<BoardPage> {
  const board = await BoardPage.open(browser, { url, token, ...options });
  boards.push(board);
  return board;
}

test('the first load is under 300 kB, fonts apart', async () => {
  const context = await browser.newContext({ viewport: wallSize });
  const page = await context.newPage();
  const responses: Response[] = [];
  page.on('response', (response) => responses.push(response));
  await page.goto(`${url}/wallboard#token=${token}`);
  await page.getByTestId('payments-per-second').waitFor();
  const sizes = new Map<string, number>();
  for (const response of responses) {
    const type = response.headers()['content-type'] ?? '';
    if (!type.startsWith('font/')) sizes.set(response.url(), gzipSync(await response.body()).length);
  }
  const story = JSON.stringify([...sizes]);
  for (const part of [/\/wallboard$/, /\.js$/, /\.css$/]) {
    expect([...sizes.keys()].filter((one) => part.test(one)).length, story).toBeGreaterThan(0);
  }
  expect(
    [...sizes.values()].reduce((sum, size) => sum + size, 0),
    story,
  ).toBeLessThan(firstLoadBytesMax);
  await context.close();
});

test('what the content security policy forbids is complained of, and nothing else', async () => {
  const board = await open();
  await board.untilLive();
  expect(board.complaints).toEqual([]);
  await board.page.locator('body').evaluate((body) => {
    const script = body.ownerDocument.createElement('script');
    script.textContent = 'document.title = "run"';
    body.append(script);
  });
  await expect.poll(() => board.complaints.join('\n'), { timeout: patienceMs }).toContain('Content Security Policy');
  boards.splice(0);
  await board.close();
});

test(
  'the API\u2019s page and the problems\u2019 break no rule of their own policies, and work',
  async () => {
    const context = await browser.newContext({ viewport: wallSize });
    const page = await context.newPage();
    // It draws every operation of the API at once.
    page.setDefaultTimeout(docsMs);
    const complaints: string[] = [];
    page.on(
      'console',
      (message) => void (['error', 'warning'].includes(message.type()) && complaints.push(message.text())),
    );
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${url}/api/docs`);
    const payment = page.locator('.opblock-post', {
      hasText: '/api/payments',
    });
    await payment.first().locator('.opblock-summary').click();
    await page.locator('.opblock-body').getByText('Idempotency-Key').first().waitFor();
    await page.getByRole('button', { name: 'Try it out' }).first().click();
    expect(await page.locator('.opblock').count()).toBeGreaterThan(30);
    // Styles are there: a page without them would show no box of its own colour.
    expect(
      await page
        .locator('.opblock-post')
        .first()
        .evaluate((box) => box.ownerDocument.defaultView.getComputedStyle(box).borderTopStyle),
    ).toBe('solid');
    for (const path of ['/api/problems', '/api/problems/internal', '/mark.svg']) {
      await page.goto(url + path);
      expect(await page.title()).toContain('Smart Wallet');
    }
    await page.goto(`${url}/api/problems`);
    expect(
      await page.locator('body').evaluate((body) => body.ownerDocument.defaultView.getComputedStyle(body).maxWidth),
    ).toBe('720px');
    expect(complaints).toEqual([]);
    await context.close();
  },
  2 * docsMs,
);

describe.each(['dark', 'light'] as const)('in the %s theme', (theme) => {
  test.each([
    ['wall', wallSize],
    ['phone', phoneSize],
  ])('the healthy board on a %s has no serious problem', async (name, viewport) => {
    const board = await open({ theme, viewport });
    await board.until('MOVING');
    await board.picture(`healthy ${name} ${theme}`);
    expect(await seriousProblems(board.page)).toEqual([]);
    expect(await coloursWithoutWords(board.page)).toEqual([]);
  });

  test('the token page has no serious problem, nor has it with an error', async () => {
    const { page } = await open({ theme, token: null });
    await page.getByLabel('Display token').fill('no token');
    expect(await seriousProblems(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('not a token').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    expect(await coloursWithoutWords(page)).toEqual([]);
  });

  test('the details and the keys have no serious problem', async () => {
    const board = await open({ theme });
    await board.until('MOVING');
    for (const key of ['d', '?']) {
      await board.page.keyboard.press(key);
      await board.page.getByRole('dialog').waitFor();
      expect(await seriousProblems(board.page, 'dialog')).toEqual([]);
      await board.page.keyboard.press('Escape');
    }
  });
});

test('by keyboard alone the details open, scroll and close', async () => {
  const board = await open();
  await board.untilLive();
  const { page } = board;
  const focused = page.locator(':focus');
  // Behind the tiles, whose titles lead into the console.
  const stopsMax = 20;
  for (let stops = 0; stops < stopsMax; stops += 1) {
    await page.keyboard.press('Tab');
    if (/^Details/.test((await focused.textContent()) ?? '')) break;
  }
  expect(await focused.textContent()).toMatch(/^Details/);
  // It comes in within 150 ms.
  const isSeen = () => focused.evaluate((button) => button.checkVisibility({ opacityProperty: true }));
  await expect.poll(isSeen, { timeout: patienceMs }).toBe(true);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Details' });
  await dialog.waitFor();
  // Two stops in it: the button that closes it, and what scrolls.
  await page.keyboard.press('Tab');
  const scrolled = () => dialog.locator('.sheet-body').evaluate((body) => body.scrollTop);
  expect(await scrolled()).toBe(0);
  await dialog.locator('.sheet-body').focus();
  await page.keyboard.press('PageDown');
  await expect.poll(scrolled, { timeout: patienceMs }).toBeGreaterThan(0);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test.each([
  ['reduce', 'no time', []],
  ['no-preference', '150 ms', ['0.15s']],
] as const)('with motion %s, changes take %s, and nothing moves for ever', async (reducedMotion, _words, expected) => {
  const board = await open({ reducedMotion });
  await board.untilLive();
  // In one step: what is replaced between finding it and looking at it has no style any more.
  const durations: string[] = await board.page.locator('body').evaluate((body) => {
    const { getComputedStyle } = body.ownerDocument.defaultView;
    return [...body.querySelectorAll('*')].map((one) => getComputedStyle(one).transitionDuration);
  });
  expect(durations.length).toBeGreaterThan(100);
  expect([...new Set(durations)].filter((duration) => duration !== '0s')).toEqual(expected);
  const iterations: number[] = await board.page
    .locator('body')
    .evaluate((body) =>
      body.ownerDocument
        .getAnimations()
        .map(
          (animation: { effect: { getTiming(): { iterations: number } } }) => animation.effect.getTiming().iterations,
        ),
    );
  expect(iterations).not.toContain(Number.POSITIVE_INFINITY);
});

// Last: what it causes stays on the boards for a minute.
test.each(['dark', 'light'] as const)('the failing board in the %s theme has no serious problem', async (theme) => {
  const board = await open({ theme });
  const phone = await open({ theme, viewport: phoneSize });
  load.refusals.send('INSUFFICIENT_FUNDS', 200);
  for (const [name, one] of Object.entries({ board, phone })) {
    await one.until('FAILING');
    await one.picture(`failing ${name} ${theme}`);
    expect(await seriousProblems(one.page)).toEqual([]);
    expect(await coloursWithoutWords(one.page)).toEqual([]);
  }
});
