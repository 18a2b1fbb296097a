import { seededRandom as seededFractions } from '@smart-wallet/local-stack/seeded-random.mjs';
import { onTestFailed } from 'vitest';

/** Draws numbers that are the same for the same seed. */
export interface Random {
  /** From 0 up to 1. */
  fraction(): number;
  /** From 0 up to `limit`, whole. */
  below(limit: number): number;
  chance(probability: number): boolean;
}

/** For the test that calls it: prints the seed if that fails. `WEB_TEST_SEED` repeats it. */
export function seededRandom(): Random {
  const seed = Number(process.env.WEB_TEST_SEED ?? Math.floor(Math.random() * 2 ** 32));
  onTestFailed(() => console.error(`repeat with WEB_TEST_SEED=${seed}`));
  const fraction = seededFractions(seed);
  return {
    fraction,
    below: (limit) => Math.floor(fraction() * limit),
    chance: (probability) => fraction() < probability,
  };
}
