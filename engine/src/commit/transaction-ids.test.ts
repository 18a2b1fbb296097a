import { expect, test } from 'vitest';
import { TransactionIds } from './transaction-ids.js';

test('ids are UUIDv7 of now, rise, and do not repeat, not even between engines', () => {
  const engines = [new TransactionIds(Date.now), new TransactionIds(Date.now)];
  const minted = engines.map((ids) => Array.from({ length: 20_000 }, () => ids.next()));
  for (const ids of minted) expect([...ids].sort()).toEqual(ids);
  expect(new Set(minted.flat()).size).toBe(40_000);
  const [first] = minted.flat() as [string];
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Math.abs(Number.parseInt(first.replaceAll('-', '').slice(0, 12), 16) - Date.now())).toBeLessThan(60_000);
});

const timeOf = (id: string) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

test('ids are of the time they are told, and rise when it stands still or is set back a little', () => {
  let now = 1_000_000;
  const ids = new TransactionIds(() => now);
  const minted = [ids.next(), ids.next()];
  now -= 1_500;
  minted.push(ids.next());
  expect([...minted].sort()).toEqual(minted);
  expect(minted.map(timeOf)).toEqual([1_000_000, 1_000_000, 1_000_000]);
});

test('a clock that was an hour ahead leaves no ids of that hour behind', () => {
  let now = 1_000_000 + 3_600_000;
  const ids = new TransactionIds(() => now);
  ids.next();
  now = 1_000_000;
  expect(timeOf(ids.next())).toBe(1_000_000);
});
