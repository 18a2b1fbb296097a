import { defineConfig } from 'vitest/config';

const soak = process.env.WALLET_SOAK === '1';
const limits = { testTimeout: soak ? 600_000 : 30_000, hookTimeout: 60_000 };
const exclude = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  test: {
    projects: soak
      ? [{ test: { name: 'soak', include: ['**/src/**/*.soak.test.ts'], exclude, fileParallelism: false, ...limits } }]
      : [
          {
            test: {
              name: 'unit',
              include: ['**/src/**/*.test.{ts,tsx}'],
              exclude: [...exclude, '**/*.int.test.ts', '**/*.browser.test.ts', '**/*.soak.test.ts'],
              sequence: { groupOrder: 1 },
              ...limits,
            },
          },
          {
            // These start servers, programs and browsers: one file at a time, or a small machine measures itself.
            test: {
              name: 'integration',
              include: ['**/src/**/*.int.test.ts', '**/src/**/*.browser.test.ts', 'deploy/local/**/*.test.mjs'],
              exclude,
              fileParallelism: false,
              sequence: { groupOrder: 2 },
              ...limits,
            },
          },
        ],
  },
});
