import { test } from 'vitest';
import { expectAgreement } from './testing/agreement.js';

const seed = Math.floor(Math.random() * 2 ** 31);

test(`decide and evolve agree with a naive ledger that keeps facts and sums them up (seed ${seed})`, () => {
  expectAgreement(10_000, seed);
});
