import { fuzzTest } from './fuzz-test.js';

fuzzTest(800);
