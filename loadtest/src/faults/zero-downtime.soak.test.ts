import { NoOlderBuild, provideOlderBuild, RELEASES } from '@smart-wallet/local-stack/older-build.mjs';
import { upgradeDrill } from '@smart-wallet/local-stack/upgrade-drill.mjs';
import { expect, test } from 'vitest';

/** With the build of the older version, on a machine that does much else. */
const timeoutMs = 1_200_000;

test(
  'the last release is replaced by this version and comes back, program by program, and no request fails',
  async (context) => {
    const { version } = RELEASES.at(-1) as (typeof RELEASES)[0];
    const older = await provideOlderBuild(version).catch((error: unknown) => {
      if (error instanceof NoOlderBuild) return context.skip(error.message);
      throw error;
    });
    const { wrong, phases } = await upgradeDrill({ older });
    expect(wrong).toEqual([]);
    expect(phases.length).toBeGreaterThan(8);
    for (const { requests } of phases) expect(requests).toBeGreaterThan(10);
  },
  timeoutMs,
);
