import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { patienceMs } from '../platform/patience.js';
import type { ConsolePage } from './console-page.js';

/** What an export saved: its rows, as the page says how many, and as they stand in the file. */
export async function exported(by: ConsolePage): Promise<{ said: string; rows: number }> {
  const [download] = await Promise.all([by.page.waitForEvent('download'), by.button('Export CSV').click()]);
  const text = await readFile(await download.path(), 'utf8');
  const said = by.page.locator('.export-words');
  await expect.poll(() => said.innerText(), { timeout: patienceMs }).toMatch(/as of .* UTC$/);
  // No text of these tests has a line feed.
  return { said: await said.innerText(), rows: text.trimEnd().split('\r\n').length - 1 };
}

/** Saves what is shown as a view, for everybody. */
export async function shareView(by: ConsolePage, name: string): Promise<void> {
  await by.button('Views').click();
  await by.dialog.getByLabel('Name of what is shown now').fill(name);
  await by.dialog.getByLabel('Everybody sees it').check();
  await by.dialog.getByRole('button', { name: 'Save the view' }).click();
  await by.dialog.getByRole('button', { name, exact: true }).waitFor();
  await by.page.keyboard.press('Escape');
}
