import { fuzzTest } from './fuzz-test.js';

// Always the same: a change is not refused for what it did not bring. The long run asks what nobody asked yet.
fuzzTest(800, 20);
