import { launchBrowser } from '@smart-wallet/loadtest/browser/launch-browser.js';
import { fetchDisplayToken } from '@smart-wallet/local-stack/display-token.mjs';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type BoardPlatform, startBoardPlatform } from '../platform/board-platform.js';
import { patienceMs } from '../platform/patience.js';
import { BoardPage, type BoardPageOptions } from './board-page.js';

vi.setConfig({ testTimeout: 3 * patienceMs, hookTimeout: 2 * patienceMs });

let browser: Browser;
let on: BoardPlatform;
let url: string;
const boards: BoardPage[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
  on = await startBoardPlatform({ engines: 1 });
  url = on.platform.gatewayUrl;
});

afterAll(async () => {
  await browser?.close();
  await on?.stop();
});

afterEach(async () => {
  for (const board of boards.splice(0)) {
    expect(board.complaints).toEqual([]);
    await board.close();
  }
});

async function open(options: Partial<BoardPageOptions>): Promise<BoardPage> {
  const board = await BoardPage.open(browser, { url, token: null, ...options });
  boards.push(board);
  return board;
}

function mint(ttlSeconds?: number): Promise<string> {
  return fetchDisplayToken(url, on.platform.token, ttlSeconds);
}

test('the root leads to the wallboard, which asks for a token, refuses a wrong one in words, and goes on with a right one, all by keyboard', async () => {
  const board = await open({});
  const { page } = board;
  await page.goto(`${url}/`);
  expect(new URL(page.url()).pathname).toBe('/wallboard');
  const field = page.getByLabel('Display token');
  const problem = page.getByRole('alert');
  await field.waitFor();
  await page.keyboard.press('Tab');
  expect(await field.evaluate((input) => input === input.ownerDocument.activeElement)).toBe(true);

  await page.keyboard.type('two words');
  await page.keyboard.press('Enter');
  await expect.poll(() => problem.textContent(), { timeout: patienceMs }).toContain('This is not a token');
  expect(await field.getAttribute('aria-invalid')).toBe('true');

  await field.fill('');
  const right = await mint();
  await page.keyboard.type(`${right.slice(0, -4)}AAAA`);
  await page.keyboard.press('Enter');
  await expect.poll(() => problem.textContent(), { timeout: patienceMs }).toContain('does not know this token');

  await field.focus();
  await page.keyboard.type(right);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await board.untilLive();
});

test('the token leaves the address, survives a reload, and stays in its tab', async () => {
  const board = await open({ token: await mint() });
  await board.untilLive();
  expect(board.page.url()).toBe(`${url}/wallboard`);
  await board.page.reload();
  await board.untilLive();
  const otherTab = await open({ context: board.page.context() });
  await otherTab.page.getByLabel('Display token').waitFor();
});

test('?kiosk=1 keeps the token: the screen that starts again shows the board', async () => {
  const board = await open({ token: await mint(), search: '?kiosk=1' });
  await board.untilLive();
  const kept = await board.page.context().storageState();
  const restarted = await open({ search: '?kiosk=1', context: await browser.newContext({ storageState: kept }) });
  await restarted.untilLive();
  const notKiosk = await open({ context: await browser.newContext({ storageState: kept }) });
  await notKiosk.page.getByLabel('Display token').waitFor();
});

test('when a token ends while the board is open, the page says so and asks for a new one', async () => {
  const board = await open({ token: await mint(8) });
  await board.untilLive();
  const { page } = board;
  await page.getByLabel('Display token').waitFor({ timeout: patienceMs });
  expect(await page.getByRole('alert').textContent()).toContain('The token has ended');
  await page.reload();
  await page.getByLabel('Display token').waitFor();
  await page.getByLabel('Display token').fill(await mint());
  await page.getByRole('button', { name: 'Show the board' }).click();
  await board.untilLive();
});

test('a display token can only look', async () => {
  const token = await mint();
  const ask = (method: string, path: string, body?: object) =>
    fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'k' },
      body: body ? JSON.stringify(body) : null,
    });
  const answers = await Promise.all([
    ask('GET', '/api/wallets'),
    ask('GET', '/api/transactions'),
    ask('POST', '/api/wallets', { currency: 'EUR' }),
    ask('POST', '/api/payments', { amount: '1.00', currency: 'EUR' }),
    ask('POST', '/api/auth/token', { role: 'display' }),
  ]);
  for (const answer of answers) {
    expect([answer.status, ((await answer.json()) as { code: string }).code], answer.url).toEqual([403, 'FORBIDDEN']);
  }
});
