import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

const waitEveryMs = 200;

/**
 * Several migrations at once that build an index CONCURRENTLY wait for each other, with no statement open: CONCURRENTLY waits for
 * those, and whoever builds would wait for who waits. The lock is the session's.
 */
export async function waitForOthers(client: pg.Client, what: string): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock(hashtext($1)) AS mine', [what]);
    if (rows[0]?.mine) return;
    await sleep(waitEveryMs);
  }
}
