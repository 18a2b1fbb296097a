import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds serious or critical, one line each. Of long tables it looks at the first rows: the others are alike. */
export async function seriousProblems(page: Page, part = 'html'): Promise<string[]> {
  await page.evaluate(axeSource);
  const { violations, passes }: AxeResults = await page.evaluate(
    `axe.run({ include: ['${part}'], exclude: ['tbody tr:nth-child(n+8)'] }, { resultTypes: ['violations'] })`,
  );
  if (passes.length === 0) throw new Error('axe found nothing to look at');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(' | ')}`);
}

/** Elements that say something by their colour, and have no shape or no word beside it. */
export async function coloursWithoutWords(page: Page): Promise<string[]> {
  const elements = page.locator('.verdict, .shape, [class*="breach-"], .ticker-row');
  if ((await elements.count()) === 0) throw new Error('nothing here says anything by its colour');
  return elements.evaluateAll((all) =>
    all
      .filter(
        (one) =>
          !/[a-z]{3}/i.test((one.matches('.shape') ? one.parentElement : one).textContent) ||
          !(one.matches('.shape') || one.querySelector('.shape')),
      )
      .map((one) => one.outerHTML.slice(0, 120)),
  );
}
