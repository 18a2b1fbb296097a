import { expect, test } from 'vitest';
import { openParts, type Surroundings } from './parts.js';

test('a part that does not exist is named, with those that do', () => {
  const surroundings = { config: { parts: ['relya'] } } as unknown as Surroundings;
  expect(() => openParts(surroundings)).toThrow(/WORKER_PARTS names relya: the parts are/);
});
