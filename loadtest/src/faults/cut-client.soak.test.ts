import { expect, test } from 'vitest';
import { payThroughCuts } from './cut-client.js';

test('10,000 payments through a proxy that cuts at random bytes, both ways: each is made once, and its payer knows', async () => {
  const { wrong, story, cuts } = await payThroughCuts(10_000);
  console.log(story);
  expect(wrong, story).toEqual([]);
  expect(Math.min(cuts.toServer, cuts.toClient), story).toBeGreaterThan(1_000);
}, 600_000);
