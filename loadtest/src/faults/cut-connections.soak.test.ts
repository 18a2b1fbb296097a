import { expect, test } from 'vitest';
import { payOverCutConnections } from './cut-connections.js';

const unknownWanted = 1_000;

test('Postgres connections cut at random bytes: of a thousand unknown outcomes none is lost and none doubled', async () => {
  const { wrong, story, unknown, paid } = await payOverCutConnections(unknownWanted, 540_000);
  console.log(story);
  expect(wrong, story).toEqual([]);
  expect(unknown, story).toBeGreaterThanOrEqual(unknownWanted);
  expect(paid, story).toBeGreaterThan(2_000);
}, 600_000);
