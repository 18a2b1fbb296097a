import { defineConfig } from 'vitest/config';
import { generateClient } from './client/generate.mjs';

await generateClient();

const soak = process.env.WALLET_SOAK === '1';
const limits = { testTimeout: soak ? 600_000 : 30_000, hookTimeout: 60_000 };
/** Of the pages, with the whole platform behind them. */
const browserTests = (kind: string) => `web/e2e/**/*.${kind}.test.ts`;
/** They measure: how soon others pay again, how long a payment takes, when a second closes, what is held in memory. */
const aloneTests = [
  'gateway/src/live/{ledger-feed,live-stream}.int.test.ts',
  'loadtest/src/faults/{killed-engines,late-call,limiter-without-redis,races/money-races,standing-by}.int.test.ts',
  'web/e2e/board/memory.browser.test.ts',
];
/** Each starts servers, programs or a browser of its own, and then mostly waits for them. */
const platformTests = ['loadtest/src/faults/**/*.int.test.ts', 'deploy/local/**/*.test.mjs', browserTests('browser')];
const exclude = ['**/node_modules/**', '**/dist/**'];
/** They start the engines of another build beside this one's: OLDER_BUILD is the folder of a checkout that is built. */
const upgradeTests = process.env.OLDER_BUILD ? [] : ['**/*.upgrade.soak.test.ts'];

export default defineConfig({
  test: {
    projects: soak
      ? [
          {
            test: {
              name: 'soak',
              include: ['**/src/**/*.soak.test.ts', browserTests('browser.soak')],
              exclude: [...exclude, ...upgradeTests],
              fileParallelism: false,
              ...limits,
            },
          },
        ]
      : [
          {
            test: {
              name: 'unit',
              include: ['**/src/**/*.test.{ts,tsx}'],
              exclude: [...exclude, '**/*.int.test.ts', '**/*.soak.test.ts'],
              // On every core: Vitest would leave one free, which of two is half of them.
              maxWorkers: '100%',
              sequence: { groupOrder: 1 },
              ...limits,
            },
          },
          {
            // Each on a database and a namespace of its own: two at a time, since they mostly wait.
            test: {
              name: 'integration',
              include: ['**/src/**/*.int.test.ts'],
              exclude: [...exclude, ...platformTests, ...aloneTests],
              maxWorkers: 2,
              sequence: { groupOrder: 2 },
              ...limits,
            },
          },
          {
            test: {
              name: 'platforms',
              include: platformTests,
              exclude: [...exclude, ...aloneTests],
              maxWorkers: 2,
              sequence: { groupOrder: 3 },
              ...limits,
            },
          },
          {
            // One file at a time, or a small machine measures itself.
            test: {
              name: 'alone',
              include: aloneTests,
              exclude,
              fileParallelism: false,
              sequence: { groupOrder: 4 },
              ...limits,
            },
          },
        ],
  },
});
