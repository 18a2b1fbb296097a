import type { LiveFrame, LivePayment, NeedsPerson } from '@smart-wallet/engine/contract/live.js';
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
import { BoardPage, phoneSize, wallSize } from './board-page.js';

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
function tell(payments: readonly LivePayment[], about: Partial<LiveFrame> = {}): void {
  scripted.tell(
    frame({
      partitions: [[1, 'engine-1-id']],
      workers: [engine('engine-1', { partitions: 1 })],
      gateways: [gateway('gateway-1', { url: scripted.url })],
      payments: [...payments],
      ...about,
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

const minutesAgo = (minutes: number) => (noon - 60 * minutes) * 1_000;
const quiet: NeedsPerson = { lines: [], acknowledged: 0, ageMs: 0, reconciledAt: minutesAgo(12), relayLagMs: 300 };
const waiting: NeedsPerson['lines'] = [
  { kind: 'OPEN_FINDINGS', severity: 'CRITICAL', count: 3, oldestAt: minutesAgo(12) },
  { kind: 'PARTITION_WITHOUT_OWNER', severity: 'CRITICAL', count: 1, oldestAt: minutesAgo(2) },
  { kind: 'DEAD_LETTERS_WAITING', severity: 'WARNING', count: 1_000, oldestAt: minutesAgo(59) },
  { kind: 'APPROVALS_WAITING', severity: 'WARNING', count: 12, oldestAt: minutesAgo(41) },
  { kind: 'RECONCILIATION_LATE', severity: 'WARNING', count: 1, oldestAt: minutesAgo(180) },
  { kind: 'WALLET_DRAIN', severity: 'WARNING', count: 20, oldestAt: minutesAgo(7) },
];
const approvals = waiting.filter(({ kind }) => kind === 'APPROVALS_WAITING');
/** What a person reads on the wall, line by line. */
const personStates: Record<string, [needsPerson: NeedsPerson | null, words: (string | RegExp)[]]> = {
  calm: [quiet, ['Good: All quiet', 'reconciled 12 m ago', 'events < 1 s behind']],
  acknowledged: [{ ...quiet, acknowledged: 2 }, ['Good: 2 taken on', 'reconciled 12 m ago']],
  never: [{ ...quiet, reconciledAt: null, relayLagMs: null }, ['All quiet', 'never reconciled', 'no relay yet']],
  approvals: [{ ...quiet, lines: approvals }, ['Needs a person', 'Warning: Approvals wait 12 41 m']],
  two: [
    { ...quiet, lines: waiting.slice(2, 4), acknowledged: 1 },
    ['Warning: Dead letters 1,000+ 59 m', 'and 1 acknowledged'],
  ],
  all: [
    { ...quiet, lines: waiting, reconciledAt: minutesAgo(180), relayLagMs: 90_000 },
    [
      ...['reconciled 3 h ago', 'events 1 m behind', 'Critical: Ledger breaks 3 12 m', 'Dead letters 1,000+ 59 m'],
      ...['Approvals wait 12 41 m', 'Unreconciled 3 h', 'Critical: More alerts 2 7 m'],
    ],
  ],
  stale: [{ ...quiet, ageMs: 42_000 }, [/Unknown: Needs a person 4\d s old/]],
  'stale with lines': [{ ...quiet, lines: waiting.slice(2), ageMs: 42_000 }, [/4\d s old/, 'Dead letters 1,000+ 59 m']],
  unknown: [null, ['Unknown: Needs a person', 'not known yet']],
};

test.each(Object.entries(personStates))(
  'what needs a person, %s: each count says what it is, and nothing runs out of its place',
  async (name, [needsPerson, words]) => {
    const payments = Array.from({ length: 6 }, (_, i) => payment(`transaction-${told + i + 1}`, names));
    told += payments.length;
    await board.page.setViewportSize(wallSize);
    tell(payments, { needsPerson });
    const text = async () => (await board.tile('person').innerText()).replace(/\s+/g, ' ');
    for (const word of words) {
      const said = typeof word === 'string' ? expect.stringContaining(word) : expect.stringMatching(word);
      await expect.poll(text, { timeout: patienceMs }).toEqual(said);
    }
    for (const size of [smallWallSize, wallSize]) {
      await board.page.setViewportSize(size);
      await board.picture(`person ${name} ${size.width}`);
      for (const tile of ['.tile-person', '.board-left']) expect(await overflows(board.page, tile)).toEqual([]);
    }
    // The others have nothing that these have not.
    for (const colorScheme of ['calm', 'all', 'stale with lines'].includes(name) ? (['dark', 'light'] as const) : []) {
      await board.page.emulateMedia({ colorScheme });
      await board.picture(`person ${name} ${colorScheme}`);
      expect(await seriousProblems(board.page)).toEqual([]);
      expect(await coloursWithoutWords(board.page)).toEqual([]);
    }
    await board.page.setViewportSize(phoneSize);
    await board.page.locator('.phone-list').waitFor();
    await board.picture(`person ${name} phone`);
    expect(await overflows(board.page, '.phone-list')).toEqual([]);
  },
);

test('the browser had nothing to complain of', () => {
  expect(board.complaints).toEqual([]);
});
