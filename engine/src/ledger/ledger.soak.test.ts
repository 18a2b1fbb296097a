import { test } from 'vitest';
import { expectAgreement } from './testing/agreement.js';

const sequences = Number(process.env.SOAK_SEQUENCES ?? 100_000);
const seed = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 2 ** 31));

test(`decide and evolve agree with a naive ledger over ${sequences} sequences (seed ${seed})`, () => {
  expectAgreement(sequences, seed);
});
