import { expect, test } from 'vitest';
import { Repeating } from './repeating.js';

test('what fails is done again after a pause, and a stop waits for what is under way', async () => {
  const { promise: third, resolve: begun } = Promise.withResolvers<void>();
  const { promise: end, resolve: finish } = Promise.withResolvers<void>();
  const failures: unknown[] = [];
  let times = 0;
  const repeating = new Repeating({
    async work() {
      times += 1;
      if (times === 2) throw new Error('once');
      if (times < 3) return 0;
      begun();
      await end;
      return 60_000;
    },
    failed: (error) => failures.push(error),
    retryMs: 1,
  });
  repeating.start();
  await third;
  let stopped = false;
  const stopping = repeating.stop().then(() => {
    stopped = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(false);
  finish();
  await stopping;
  expect([times, failures]).toEqual([3, [new Error('once')]]);
});
