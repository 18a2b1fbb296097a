// @ts-check
import { expect, it } from 'vitest';
import { restoreDrill } from './restore-drill.mjs';

it('a platform restored to a moment has every payment of before, none of after, and pays each once that is asked for again', async () => {
  const { wrong, figures } = await restoreDrill({ seconds: 1.5, callers: 4 });
  expect(wrong).toEqual([]);
  expect(figures.before).toBeGreaterThan(20);
  expect(figures.after).toBeGreaterThan(10);
}, 300_000);
