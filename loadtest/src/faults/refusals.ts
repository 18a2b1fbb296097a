import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stack } from '@smart-wallet/local-stack/stack.mjs';
import { Redis } from 'ioredis';

/** What NATS and Redis refused the programs that use them: each has a login that may just what it does. */
export async function refusals(stack: Stack, ca?: string): Promise<string[]> {
  return [...(await natsRefusals(stack)), ...(await redisRefusals(stack, ca))];
}

async function natsRefusals({ logsDir }: Stack): Promise<string[]> {
  const log = await readFile(join(logsDir, 'nats.log'), 'utf8');
  return log.split('\n').filter((line) => /violation/i.test(line));
}

/** Since it was started. */
async function redisRefusals({ redisUrl }: Stack, ca?: string): Promise<string[]> {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 3, ...(ca && { tls: { ca } }) });
  redis.on('error', () => {}); // the command fails too
  try {
    const entries = (await redis.call('ACL', 'LOG')) as unknown[][];
    return entries.map((entry) => `Redis refused ${entry.join(' ')}`);
  } finally {
    redis.disconnect();
  }
}
