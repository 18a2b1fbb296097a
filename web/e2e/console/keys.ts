import type { Page } from 'playwright-core';
import { patienceMs } from '../platform/patience.js';

/** No page has so many things to stop at. */
const stopsMax = 150;

/** A page as somebody uses it who has no pointer: Tab, letters, Enter. */
export class Keys {
  constructor(readonly page: Page) {}

  /** Goes on with Tab until what has this name has the focus; it may have it already. */
  async reach(name: string | RegExp): Promise<void> {
    const seen: string[] = [];
    for (let stop = 0; stop < stopsMax; stop += 1) {
      const words: string = await this.page.evaluate(focusedWords);
      if (typeof name === 'string' ? words === name : name.test(words)) return;
      seen.push(words);
      await this.page.keyboard.press('Tab');
    }
    throw new Error(`no Tab leads to ${name}: ${[...new Set(seen)].join(' | ')}`);
  }

  async press(name: string | RegExp): Promise<void> {
    await this.reach(name);
    await this.page.keyboard.press('Enter');
  }

  async fill(label: string | RegExp, text: string): Promise<void> {
    await this.reach(label);
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.type(text);
  }

  /** Opens an act, fills it, and sends it with Enter; then goes where its answer leads, or closes it. */
  async act(name: string, fields: Readonly<Record<string, string>>, press: RegExp, then: string): Promise<void> {
    await this.press(name);
    const dialog = this.page.getByRole('dialog');
    await dialog.waitFor();
    for (const [label, text] of Object.entries(fields)) await this.fill(label, text);
    await this.press(press);
    await dialog.getByText(/(Done|approve it)$/).waitFor({ timeout: patienceMs });
    await this.press(then);
    await dialog.waitFor({ state: 'detached' });
  }
}

/** How the focused element is called: by its label, else by what it says. */
const focusedWords = `(() => {
  const it = document.activeElement;
  // What holds others is not pressed itself.
  if (!it.matches('a, button, input, select, textarea, summary, [tabindex="0"]')) return '';
  const words = it.labels?.[0]?.innerText ?? it.getAttribute('aria-label') ?? it.innerText ?? '';
  return words.replaceAll(/\\s+/g, ' ').trim();
})()`;
