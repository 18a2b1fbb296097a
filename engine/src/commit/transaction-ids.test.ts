import { expect, test } from 'vitest';
import { TransactionIds } from './transaction-ids.js';

test('ids are UUIDv7 of now, rise, and do not repeat, not even between engines', () => {
  const engines = [new TransactionIds(), new TransactionIds()];
  const minted = engines.map((ids) => Array.from({ length: 20_000 }, () => ids.next()));
  for (const ids of minted) expect([...ids].sort()).toEqual(ids);
  expect(new Set(minted.flat()).size).toBe(40_000);
  const [first] = minted.flat() as [string];
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Math.abs(Number.parseInt(first.replaceAll('-', '').slice(0, 12), 16) - Date.now())).toBeLessThan(60_000);
});
