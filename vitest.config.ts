import { defineConfig } from 'vitest/config';

const soak = process.env.WALLET_SOAK === '1';
const limits = { testTimeout: soak ? 600_000 : 30_000, hookTimeout: 60_000 };
/** Of the pages, with the whole platform behind them. */
const browserTests = (kind: string) => `web/e2e/**/*.${kind}.test.ts`;
const exclude = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  test: {
    projects: soak
      ? [
          {
            test: {
              name: 'soak',
              include: ['**/src/**/*.soak.test.ts', browserTests('browser.soak')],
              exclude,
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
              sequence: { groupOrder: 1 },
              ...limits,
            },
          },
          {
            // These start servers, programs and browsers: one file at a time, or a small machine measures itself.
            test: {
              name: 'integration',
              include: ['**/src/**/*.int.test.ts', browserTests('browser'), 'deploy/local/**/*.test.mjs'],
              exclude,
              fileParallelism: false,
              sequence: { groupOrder: 2 },
              ...limits,
            },
          },
        ],
  },
});
