import { z } from 'zod';
import { idAnswer, named, timeAnswer } from '../http/answer-schema.js';

/** Of one request: more are several requests. */
export const replayEventsMax = 100_000;
/** Replays that wait at a time, of everybody. */
export const replaysPendingMax = 100;

const sequenceField = z.int().min(1);

export const replaySchema = z
  .strictObject({
    partition: z.int().min(0).max(32_767),
    fromSequence: sequenceField,
    toSequence: sequenceField.meta({ description: `Inclusive: at most ${replayEventsMax} events at a time.` }),
  })
  .refine(({ fromSequence, toSequence }) => toSequence >= fromSequence, {
    error: 'RANGE: must not be before fromSequence',
    path: ['toSequence'],
  })
  .refine(({ fromSequence, toSequence }) => toSequence - fromSequence < replayEventsMax, {
    error: `RANGE: must be at most ${replayEventsMax} events from fromSequence on`,
    path: ['toSequence'],
  });

const replayFields = {
  replayId: idAnswer,
  partition: z.int().min(0),
  fromSequence: sequenceField,
  toSequence: sequenceField,
};

export const replayAnswer = named('EventReplay', z.object(replayFields));

export const replayOutcome = named(
  'EventReplayOutcome',
  z.object({
    ...replayFields,
    status: z.enum(['PENDING', 'DONE', 'FAILED']).meta({
      description: 'DONE: what was there of it is published, or goes out as what is new does.',
    }),
    publishedTo: sequenceField.nullable().meta({ description: 'The last number that was published of it so far.' }),
    requestedBy: z.string(),
    requestedAt: timeAnswer,
    finishedAt: timeAnswer.nullable(),
    error: z.string().nullable().meta({ description: 'Why it FAILED.' }),
  }),
);
