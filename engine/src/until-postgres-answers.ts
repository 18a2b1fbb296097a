import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { connectionAdvice } from './contract/connection-failure.js';

const retryEveryMs = 1_000;

/**
 * An engine that is started while Postgres is away waits for it, unready: to end would have its orchestrator wait ever longer before it
 * starts it again, and Postgres be back for minutes. What Postgres itself refuses (a login, a query) is thrown: that does not mend itself.
 */
export async function untilPostgresAnswers(
  ask: () => Promise<unknown>,
  databaseUrl: string,
  log: Pick<Logger, 'warn'>,
  everyMs = retryEveryMs,
): Promise<void> {
  for (let asked = 0; ; asked += 1) {
    try {
      await ask();
      return;
    } catch (error) {
      if (isRefusal(error)) throw error;
      if (asked % 30 === 0) {
        const advice = connectionAdvice(error, 'DATABASE_URL', databaseUrl);
        log.warn({ err: error, advice }, 'Postgres does not answer: the engine starts once it does');
      }
      await sleep(everyMs);
    }
  }
}

/** 57P03 it starts or stops, 53300 it has no connection left: both pass. */
function isRefusal(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code !== '57P03' && error.code !== '53300';
}
