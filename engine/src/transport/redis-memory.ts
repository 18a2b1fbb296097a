import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

/** Says so when Redis may throw leases away to make room: partitions would change hands for nothing. */
export async function warnOfEviction(redis: Pick<Redis, 'info'>, log: Logger): Promise<void> {
  try {
    const policy = evictingPolicy(await redis.info('memory'));
    if (policy !== null) {
      log.warn(
        { policy },
        'Redis evicts keys when its memory is full, and leases are among them: set maxmemory-policy to noeviction',
      );
    }
  } catch (error) {
    log.debug({ err: error }, 'Redis does not tell its memory policy');
  }
}

/** From INFO memory: the policy, if there is a limit and reaching it evicts; else null. */
export function evictingPolicy(info: string): string | null {
  const limit = /^maxmemory:(\d+)/m.exec(info)?.[1] ?? '0';
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction';
  return limit === '0' || policy === 'noeviction' ? null : policy;
}
