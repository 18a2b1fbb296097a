import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { WireLog } from '../live/wire-log.js';
import { patienceMs } from '../platform/patience.js';
import type { SecondFigures } from './second-figures.js';

export interface BoardPageOptions {
  /** Where the page is served. */
  url: string;
  /** Put into the address; null: it brings none. */
  token: string | null;
  /** Of the address: `?kiosk=1`. */
  search?: string;
  theme?: 'dark' | 'light';
  viewport?: { width: number; height: number };
  reducedMotion?: 'reduce' | 'no-preference';
  /** Opened in it, and closed with it by its owner. */
  context?: BrowserContext;
}

export interface Verdict {
  rule: string;
  severity: string;
  /** As it is read out: the word for its severity, then the sentence. */
  words: string;
}

export const wallSize = { width: 1920, height: 1080 };
export const phoneSize = { width: 390, height: 844 };

/** What the browser logs by itself when a gateway is not there. */
const outageNotice = /^WebSocket connection to 'ws:\/\/[^']+' failed/;
const pollMs = 50;
/** Until a change of state has been drawn to its end. */
const transitionMs = 250;

/** The wallboard in a real browser, read as a person reads it. */
export class BoardPage {
  readonly wire: WireLog;
  readonly #complaints: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
  ) {
    this.wire = new WireLog(page);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.#complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.#complaints.push(String(error)));
    page.on('crash', () => this.#complaints.push('the page crashed'));
  }

  static async open(browser: Browser, options: BoardPageOptions): Promise<BoardPage> {
    const { url, token, search = '', theme = 'dark', viewport = wallSize, reducedMotion = 'no-preference' } = options;
    const context = options.context ?? (await browser.newContext({ viewport, colorScheme: theme, reducedMotion }));
    const board = new BoardPage(await context.newPage(), context);
    await board.page.goto(`${url}/wallboard${search}${token === null ? '' : `#token=${token}`}`);
    return board;
  }

  /** What the browser complained of: errors, warnings, what the content security policy forbade. */
  get complaints(): string[] {
    return this.#complaints.filter((text) => !outageNotice.test(text));
  }

  /** Times that the browser could not reach a gateway. */
  get outageNotices(): number {
    return this.#complaints.length - this.complaints.length;
  }

  async close(): Promise<void> {
    await this.context.close();
  }

  async verdict(): Promise<Verdict> {
    const bar = this.page.getByTestId('verdict');
    return bar.evaluate(({ dataset, children }) => ({
      ...{ rule: dataset.rule, severity: dataset.severity },
      words: [...children].find((child) => child.tagName === 'H1').textContent,
    }));
  }

  /** Waits until the verdict comes from one of the rules. */
  async until(rules: string | readonly string[], timeoutMs = patienceMs): Promise<Verdict> {
    const wanted = [rules].flat();
    const seen: string[] = [];
    const verdict = await this.waitFor(timeoutMs, async () => {
      const now = await this.verdict();
      if (seen.at(-1) !== now.words) seen.push(now.words);
      return wanted.includes(now.rule) ? now : null;
    });
    if (!verdict) throw new Error(`the verdict was never ${wanted.join(' or ')}, but: ${seen.join(' | ')}`);
    return verdict;
  }

  /** Asks again and again until the answer is not null; null when it stays so. */
  async waitFor<T>(timeoutMs: number, ask: () => Promise<T | null>): Promise<T | null> {
    for (const untilMs = performance.now() + timeoutMs; performance.now() < untilMs; await sleep(pollMs)) {
      const answer = await ask();
      if (answer !== null) return answer;
    }
    return null;
  }

  /** Waits until figures are shown that are fresh. */
  async untilLive(timeoutMs = patienceMs): Promise<void> {
    await this.tile('payments').and(this.page.locator('[data-state="live"]')).waitFor({ timeout: timeoutMs });
  }

  tile(name: string): Locator {
    return this.page.locator(`.tile-${name}`);
  }

  ticker(transactionId: string): Locator {
    return this.page.locator(`[data-transaction-id="${transactionId}"]`);
  }

  async text(testId: string): Promise<string> {
    return ((await this.page.getByTestId(testId).textContent()) ?? '').trim();
  }

  /** Ten-thousandths that the board says were moved today. */
  async movedToday(currency: string): Promise<bigint> {
    const shown = this.page.getByTestId(`moved-${currency}`);
    return (await shown.count()) === 0 ? 0n : moneyOf((await shown.textContent()) ?? '');
  }

  /** The table of closed seconds, oldest first, as it is written there. */
  async closedSeconds(): Promise<SecondFigures[]> {
    await this.page.keyboard.press('d');
    const table = this.page.getByTestId('closed-seconds');
    await table.waitFor();
    const rows: [string, string[], string[][]][] = await table.locator('tbody tr').evaluateAll((all) =>
      all.map((row) => [
        row.dataset.second,
        [...row.cells].map((cell) => cell.textContent),
        // biome-ignore lint/suspicious/noExplicitAny: the page's own objects, whose types this program does not have
        [...row.cells].map((cell) => [...cell.querySelectorAll('.cell-item')].map((item: any) => item.textContent)),
      ]),
    );
    await this.page.keyboard.press('Escape');
    await table.waitFor({ state: 'detached' });
    return rows.reverse().map(([second, texts, items]) => ({
      second: Number(second),
      paid: countOf(texts[1]),
      refused: countOf(texts[2]),
      byCode: Object.fromEntries((items[3] ?? []).map((item) => pairOf(item, (code, count) => [code, countOf(count)]))),
      moved: Object.fromEntries(
        (items[5] ?? []).map((item) => pairOf(item, (amount, currency) => [currency, moneyOf(amount).toString()])),
      ),
    }));
  }

  /** Waits until the table holds the second. */
  async secondsThrough(second: number, timeoutMs = patienceMs): Promise<SecondFigures[]> {
    const seconds = await this.waitFor(timeoutMs, async () => {
      const held = await this.closedSeconds();
      return (held.at(-1)?.second ?? 0) >= second ? held : null;
    });
    if (!seconds) throw new Error(`second ${second} is not on the board after ${timeoutMs} ms`);
    return seconds;
  }

  /** Keeps a picture where BOARD_SCREENSHOTS names a folder: for those who want to look for themselves. */
  async picture(name: string): Promise<void> {
    const folder = process.env.BOARD_SCREENSHOTS;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    await sleep(transitionMs);
    await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }
}

/** `1,234` */
function countOf(text: string | undefined): number {
  if (!text || !/^\d{1,3}(,\d{3})*$/.test(text)) throw new Error(`not a count: ${text}`);
  return Number(text.replaceAll(',', ''));
}

/** `1,234.50`, in ten-thousandths. */
function moneyOf(text: string): bigint {
  if (!/^\d{1,3}(,\d{3})*(\.\d+)?$/.test(text)) throw new Error(`not an amount: ${text}`);
  return parseDecimal(text.replaceAll(',', '')) as bigint;
}

/** Two words with a space between them. */
function pairOf<T>(text: string, make: (first: string, second: string) => [string, T]): [string, T] {
  const [first = '', second = ''] = text.split(' ');
  return make(first, second);
}
