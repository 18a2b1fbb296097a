import { v7 as uuidv7 } from 'uuid';
import { inTransaction } from '../database.js';
import type { Surroundings } from '../parts.js';
import { assertAttempt } from '../schedule/assert-attempt.js';
import type { Job } from '../schedule/job.js';

const daysMax = 7;

/** At midnight in UTC: asks for the summary of the day that is over, and of those before it that were missed. */
export function dailySummaryJob({ database }: Surroundings): Job {
  return {
    name: 'daily-summary',
    cron: '0 0 * * *',
    run: ({ fence }) =>
      inTransaction(database, async (client) => {
        await assertAttempt(client, fence);
        const asked: string[] = [];
        const { rows } = await client.query<{ day: string }>(
          `SELECT day::date::text FROM generate_series($1::timestamptz AT TIME ZONE 'UTC' - make_interval(days => $2),
                    $1::timestamptz AT TIME ZONE 'UTC' - interval '1 day', interval '1 day') AS day
            WHERE day::date >= (SELECT (min(created_at) AT TIME ZONE 'UTC')::date FROM ledger_batches)`,
          [fence.dueAt, daysMax],
        );
        for (const { day } of rows) {
          const { rowCount } = await client.query(
            'INSERT INTO summary_requests (request_id, summary_date) VALUES ($1, $2) ON CONFLICT DO NOTHING',
            [uuidv7(), day],
          );
          if (rowCount === 1) asked.push(day);
        }
        return { asked };
      }),
  };
}
