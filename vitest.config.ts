import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { generateClient } from './client/generate.mjs';
import { SkipReasons } from './deploy/local/testing/skip-reasons.mjs';

await generateClient();

/** In the order in which they begin, or the last of them would be waited for alone. */
const longest = [
  'web/e2e/board/page.browser.test.ts',
  'loadtest/src/faults/relay.int.test.ts',
  'loadtest/src/faults/gone-engines.int.test.ts',
  'web/e2e/board/outages.browser.test.ts',
  'web/e2e/board/money.browser.test.ts',
  'web/e2e/console/console.browser.test.ts',
  'gateway/src/live/live-stream.int.test.ts',
  'loadtest/src/faults/silent-postgres.int.test.ts',
  'loadtest/src/faults/standing-by.int.test.ts',
  'loadtest/src/faults/races/money-races.int.test.ts',
  'loadtest/src/faults/cut-connections.int.test.ts',
  'loadtest/src/faults/lost-servers.int.test.ts',
  'deploy/local/commands/demo.test.mjs',
  'loadtest/src/audit/money-audit.int.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification) => {
      const place = longest.findIndex((name) => moduleId.endsWith(name));
      return place === -1 ? longest.length : place;
    };
    const orderOf = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => orderOf(a) - orderOf(b) || placeOf(a) - placeOf(b));
  }
}

const soak = process.env.WALLET_SOAK === '1';
/** For what hangs. What takes seconds takes many more on a machine that is busy with something else. */
const limits = { testTimeout: soak ? 600_000 : 90_000, hookTimeout: 120_000 };
/** Of the pages, with the whole platform behind them. */
const browserTests = (kind: string) => `web/e2e/**/*.${kind}.test.ts`;
/** Each starts servers, programs or a browser of its own, and then mostly waits for them. */
const platformTests = ['loadtest/src/faults/**/*.int.test.ts', 'deploy/local/**/*.test.mjs', browserTests('browser')];
/** Its clients must not be kept waiting: who reads nothing for half a minute is sent away, and is no measure any more. */
const aloneTests = ['web/e2e/board/memory.browser.test.ts'];
/** `.local` holds builds of other versions. */
const exclude = ['**/node_modules/**', '**/dist/**', '**/.local/**'];
/** They start the engines of another build beside this one's: OLDER_BUILD is the folder of a checkout that is built. */
const upgradeTests = process.env.OLDER_BUILD ? [] : ['**/*.upgrade.soak.test.ts'];

export default defineConfig({
  test: {
    // For what takes a moment on a machine that has nothing else to do.
    expect: { poll: { timeout: 10_000, interval: 20 } },
    sequence: { sequencer: LongestFirst },
    reporters: [new SkipReasons(), 'default'],
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
          // Both at once, three files at a time: each has a database and a namespace of its own, and mostly waits.
          {
            test: {
              name: 'integration',
              include: ['**/src/**/*.int.test.ts'],
              exclude: [...exclude, ...platformTests],
              maxWorkers: 3,
              sequence: { groupOrder: 2 },
              ...limits,
            },
          },
          {
            test: {
              name: 'platforms',
              include: platformTests,
              exclude: [...exclude, ...aloneTests],
              maxWorkers: 3,
              sequence: { groupOrder: 2 },
              ...limits,
            },
          },
          {
            test: {
              name: 'alone',
              include: aloneTests,
              exclude,
              fileParallelism: false,
              sequence: { groupOrder: 3 },
              ...limits,
            },
          },
        ],
  },
});
