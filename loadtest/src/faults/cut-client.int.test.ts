import { expect, test } from 'vitest';
import { payThroughCuts } from './cut-client.js';

test('500 payments through a proxy that cuts at random bytes, both ways: each is made once, and its payer knows', async () => {
  const { wrong, story, cuts } = await payThroughCuts(500);
  expect(wrong, story).toEqual([]);
  expect(cuts.toServer, story).toBeGreaterThan(25);
  expect(cuts.toClient, story).toBeGreaterThan(25);
  expect(cuts.askedAgain, story).toBeGreaterThan(100);
}, 120_000);
