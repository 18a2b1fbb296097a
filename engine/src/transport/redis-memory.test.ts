import { expect, it, vi } from 'vitest';
import { evictingPolicy, warnOfEviction } from './redis-memory.js';

const info = (limit: number, policy: string) =>
  `# Memory\r\nused_memory:1\r\nmaxmemory:${limit}\r\nmaxmemory_policy:${policy}\r\n`;

it('a Redis that evicts when it is full is told from one that refuses, or has no limit', () => {
  expect(evictingPolicy(info(1_000, 'allkeys-lru'))).toBe('allkeys-lru');
  expect(evictingPolicy(info(1_000, 'volatile-ttl'))).toBe('volatile-ttl');
  expect(evictingPolicy(info(1_000, 'noeviction'))).toBeNull();
  expect(evictingPolicy(info(0, 'allkeys-lru'))).toBeNull();
  expect(evictingPolicy('')).toBeNull();
});

it('one that evicts is warned of, one that does not say is not', async () => {
  const log = { warn: vi.fn(), debug: vi.fn() };
  await warnOfEviction({ info: async () => info(1_000, 'allkeys-lru') } as never, log as never);
  expect(log.warn).toHaveBeenCalledOnce();
  await warnOfEviction({ info: () => Promise.reject(new Error('denied')) } as never, log as never);
  expect(log.warn).toHaveBeenCalledOnce();
});
