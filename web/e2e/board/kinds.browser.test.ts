import type { LivePayment } from '@smart-wallet/engine/contract/live.js';
import { refusalCodes } from '@smart-wallet/engine/contract/rejection.js';
import { transactionKinds } from '@smart-wallet/engine/contract/transaction-kind.js';
import { launchBrowser } from '@smart-wallet/loadtest/browser/launch-browser.js';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { closedSeconds, engine, frame, gateway, noon, payment, snapshot } from '../../src/testing/live-data.js';
import { ScriptedGateway } from '../live/scripted-gateway.js';
import { coloursWithoutWords, seriousProblems } from '../page/accessibility.js';
import { overflows } from '../page/overflow.js';
import { patienceMs } from '../platform/patience.js';
import { BoardPage, wallSize } from './board-page.js';

vi.setConfig({ testTimeout: 3 * patienceMs, hookTimeout: 2 * patienceMs });

const smallWallSize = { width: 1280, height: 720 };
/** In the last minute, so that the verdict names it: the longest of all codes. */
const worst = refusalCodes.toSorted((a, b) => b.length - a.length)[0] as string;
const codes = Object.fromEntries(refusalCodes.map((code) => [code, code === worst ? 9 : 1]));
const seconds = [
  ...closedSeconds(noon - 900, 890, { succeeded: 40, sumByCurrency: { EUR: '1000000' } }),
  ...closedSeconds(noon - 10, 10, { succeeded: 40, failed: refusalCodes.length + 8, failuresByCode: codes }),
];
const names = { senderName: 'Anna Keller', receiverName: 'Night Train Cinema' };

let browser: Browser;
let scripted: ScriptedGateway;
let board: BoardPage;
let told = 0;

beforeAll(async () => {
  browser = await launchBrowser();
  const context = await browser.newContext({ viewport: wallSize, reducedMotion: 'reduce' });
  scripted = await ScriptedGateway.open(context, snapshot(seconds));
  board = await BoardPage.open(browser, { url: scripted.url, token: 'a.b.c', context });
  tell([]);
  await board.untilLive();
});

afterAll(async () => {
  scripted?.close();
  await browser?.close();
});

/** Newest first, as they come. */
function tell(payments: readonly LivePayment[]): void {
  scripted.tell(
    frame({
      partitions: [[1, 'engine-1-id']],
      workers: [engine('engine-1', { partitions: 1 })],
      gateways: [gateway('gateway-1', { url: scripted.url })],
      payments: [...payments],
    }),
  );
}

/** The rows of such transactions, once they are on the board. */
async function shown(payments: readonly Partial<LivePayment>[]): Promise<string[]> {
  const made = payments.map((about, i) => payment(`transaction-${told + i + 1}`, { ...names, ...about }));
  told += made.length;
  tell(made);
  await board.ticker(`transaction-${told}`).waitFor({ timeout: patienceMs });
  const rows = await Promise.all(made.map(({ transactionId }) => board.ticker(transactionId).textContent()));
  return rows.map((row) => (row ?? '').replaceAll('\u00a0', ' '));
}

test.each([
  ['PAYMENT', /^12\.50 EURAnna Keller to Night Train Cinemapaid4 ms$/],
  ['DEPOSIT', /^12\.50 EURAnna Keller to Night Train Cinemapaid in4 ms$/],
  ['WITHDRAWAL', /paid out4 ms$/],
  ['HOLD', /^12\.50 EURAnna Kellerfor Night Train Cinemaheld4 ms$/],
  ['CAPTURE', /^12\.50 EURAnna Keller to Night Train Cinemacaptured4 ms$/],
  ['VOID', /^12\.50 EURAnna Kellerfor Night Train Cinemavoided4 ms$/],
  ['EXPIRY', /^12\.50 EURAnna Kellerfor Night Train Cinemaexpired$/],
  ['REFUND', /^12\.50 EURAnna Keller to Night Train Cinemarefunded4 ms$/],
  ['REVERSAL', /^12\.50 EURAnna Keller to Night Train Cinemareversed4 ms$/],
] as const)('a %s says in a word what happened to the money, and where it went or stayed', async (kind, row) => {
  expect((await shown([{ kind }]))[0]).toMatch(row);
});

test('a refused capture says why to who comes close', async () => {
  const [row] = await shown([{ kind: 'CAPTURE', status: 'FAILED', failureCode: 'HOLD_EXPIRED' }]);
  expect(row).toMatch(/refused4 ms$/);
  expect(await board.ticker(`transaction-${told}`).getAttribute('title')).toBe(
    `CAPTURE HOLD_EXPIRED transaction-${told}`,
  );
});

test.each([
  ['wall', wallSize],
  ['small wall', smallWallSize],
])(
  'on a %s nothing runs out of the list or the failures, with rows of every kind and every code',
  async (name, size) => {
    await board.page.setViewportSize(size);
    const faults: string[] = [];
    const kinds = transactionKinds.map((kind) => ({ kind, amount: '123456780000', latencyMs: 999 }));
    for (const some of [kinds.slice(0, 6), kinds.slice(-6)]) {
      await shown(some);
      await board.picture(`kinds ${some.at(-1)?.kind} ${name}`);
      for (const tile of ['.tile-ticker', '.tile-success']) faults.push(...(await overflows(board.page, tile)));
    }
    expect(faults).toEqual([]);
    const { words } = await board.until('FAILING');
    expect(words).toContain(worst);
    expect(await seriousProblems(board.page)).toEqual([]);
    expect(await coloursWithoutWords(board.page)).toEqual([]);
  },
);

test('the browser had nothing to complain of', () => {
  expect(board.complaints).toEqual([]);
});
