import { z } from 'zod';
import { idAnswer, named, pageAnswer, timeAnswer } from '../http/answer-schema.js';
import { pageFields } from '../http/page.js';

export const jobNamePattern = /^[a-z][a-z0-9-]{0,39}$/;

const run = named(
  'JobRun',
  z.object({
    runId: idAnswer,
    job: z.string(),
    dueAt: timeAnswer.meta({ description: 'When it was due; of a run by hand, when it was asked for.' }),
    requestedBy: z.string().nullable().meta({ description: 'By hand: by whom.' }),
    status: z
      .enum(['RUNNING', 'SUCCEEDED', 'FAILED'])
      .meta({ description: 'RUNNING: also while it waits for a worker.' }),
    attempt: z.int().meta({ description: '0: no worker has taken it yet.' }),
    startedAt: timeAnswer.nullable(),
    finishedAt: timeAnswer.nullable(),
    progress: z.record(z.string(), z.unknown()).nullable(),
    result: z.record(z.string(), z.unknown()).nullable(),
    error: z.string().nullable().meta({ description: 'Of the last attempt that failed.' }),
  }),
);

export const jobListAnswer = named(
  'JobList',
  z.object({
    items: z.array(
      named(
        'Job',
        z.object({
          name: z.string(),
          schedule: z.string().meta({ description: 'For cron, with the time zone.', example: '0 0 * * * UTC' }),
          nextRun: timeAnswer,
          running: z.boolean(),
          lastRun: run.nullable(),
        }),
      ),
    ),
    nextCursor: z.null(),
  }),
);
export const jobRunListAnswer = named('JobRunList', pageAnswer(run));
export const jobRunRequested = named('JobRunRequested', z.object({ runId: idAnswer }));

export const jobRunFilters = z.strictObject({ ...pageFields });
