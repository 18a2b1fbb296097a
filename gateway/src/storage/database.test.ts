import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Database } from './database.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a database that does not answer is asked what time it is on one connection, and the clock goes on', async () => {
  const database = new Database({ connectionString: 'postgres://127.0.0.1:1/none' });
  const query = vi.spyOn(database, 'query').mockReturnValue(new Promise(() => {}) as never);
  void database.followTime();
  const before = database.nowMs();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(query).toHaveBeenCalledTimes(1);
  expect(database.nowMs() - before).toBe(5_000);
  database.stopFollowing();
});
