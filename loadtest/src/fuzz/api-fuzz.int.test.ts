import { fuzzTest } from './fuzz-test.js';

fuzzTest(1_200);
