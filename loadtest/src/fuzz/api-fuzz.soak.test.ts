import { fuzzTest } from './fuzz-test.js';

fuzzTest(20_000);
