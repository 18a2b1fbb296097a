import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { inTransaction, openDatabase } from '../database.js';
import { assertAttempt } from '../schedule/assert-attempt.js';
import type { Job, RunContext } from '../schedule/job.js';
import { JobRunner } from '../schedule/job-runner.js';

/*
 * A scheduler as a process of its own, to be killed and frozen: jobs that are due each second, and write two rows of `effects`, each in a
 * transaction of its own and each once a slot however many attempts it takes. DATABASE_URL, SCHEDULER_NAME.
 */

const jobNames = ['quick', 'steady', 'slow'] as const;
/** How long the work between the two writes takes. */
const worksMs = { quick: 20, steady: 300, slow: 1_500 } as const;

const log = pino({ level: 'warn' });
const database = openDatabase({ url: process.env.DATABASE_URL ?? '', connectionsMax: 6 }, log);

function job(name: (typeof jobNames)[number]): Job {
  const write = ({ fence }: RunContext, step: number) =>
    inTransaction(database, async (client) => {
      await assertAttempt(client, fence);
      // What an attempt before this one wrote is there.
      await client.query(
        `INSERT INTO effects (job, due_at, step, attempt)
         SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM effects WHERE job = $1 AND due_at = $2 AND step = $3)`,
        [fence.job, fence.dueAt, step, fence.attempt],
      );
    });
  return {
    name,
    cron: '* * * * * *',
    async run(context) {
      await write(context, 1);
      await sleep(worksMs[name]);
      await write(context, 2);
      return { by: process.env.SCHEDULER_NAME };
    },
  };
}

const pace = { lookEveryMs: 100, beatEveryMs: 300, livesMs: 2_000 };
const runner = new JobRunner(database, jobNames.map(job), { worker: process.env.SCHEDULER_NAME ?? '', log, pace });
await runner.start();
