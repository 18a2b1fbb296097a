import { cachedBalancePrefix } from '@smart-wallet/engine/contract/cached-balance.js';
import type { Redis } from 'ioredis';

/** What the balance cache needs of Redis; see contract/cached-balance.ts. */
export interface BalanceStore {
  /** What is there: a balance, or the token of somebody who reads it. Where nothing is, a token, if one is given, for so long. */
  findOrLeave(walletId: string, token: string | null, tokenMs: number): Promise<string | null>;
  /** In the place of the token, if it is still there. */
  replace(walletId: string, token: string, balance: string, keptMs: number): Promise<void>;
}

const findOrLeaveScript = `
local found = redis.call('GET', KEYS[1])
if not found then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return found`;

const replaceScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end`;

interface BalanceScripts {
  findOrLeaveBalance(key: string, token: string, tokenMs: number): Promise<string | null>;
  replaceBalance(key: string, token: string, balance: string, keptMs: number): Promise<unknown>;
}

export function openBalanceStore(redis: Redis, namespace: string): BalanceStore {
  redis.defineCommand('findOrLeaveBalance', { lua: findOrLeaveScript, numberOfKeys: 1 });
  redis.defineCommand('replaceBalance', { lua: replaceScript, numberOfKeys: 1 });
  const scripts = redis as Redis & BalanceScripts;
  const prefix = cachedBalancePrefix(namespace);
  return {
    findOrLeave(walletId, token, tokenMs) {
      if (token === null) return redis.get(prefix + walletId);
      return scripts.findOrLeaveBalance(prefix + walletId, token, tokenMs);
    },
    async replace(walletId, token, balance, keptMs) {
      await scripts.replaceBalance(prefix + walletId, token, balance, keptMs);
    },
  };
}
