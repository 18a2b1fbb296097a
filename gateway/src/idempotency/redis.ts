import { connectionAdvice } from '@smart-wallet/engine/contract/connection-failure.js';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Config } from '../config.js';

/** A connection that fails at once while Redis is away: it only holds caches. */
export function openRedis(config: Config, log: Logger): Redis {
  const redis = new Redis(config.redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(attempt * 50, 1_000),
    connectTimeout: 2_000,
  });
  let away = false;
  redis.on('error', (error) => {
    const advice = connectionAdvice(error, 'REDIS_URL', config.redisUrl);
    if (!away) log.warn({ err: error, advice }, 'Redis is away: replays are answered from Postgres until it is back');
    away = true;
  });
  redis.on('ready', () => {
    if (away) log.info('Redis is back');
    away = false;
  });
  return redis;
}
