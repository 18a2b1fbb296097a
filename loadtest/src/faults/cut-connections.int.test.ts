import { expect, test } from 'vitest';
import { payOverCutConnections } from './cut-connections.js';

const unknownWanted = 100;

test('Postgres connections cut at random bytes: of a hundred unknown outcomes none is lost and none doubled', async () => {
  const { wrong, story, unknown, paid } = await payOverCutConnections(unknownWanted, 150_000);
  expect(wrong, story).toEqual([]);
  expect(unknown, story).toBeGreaterThanOrEqual(unknownWanted);
  expect(paid, story).toBeGreaterThan(200);
}, 240_000);
