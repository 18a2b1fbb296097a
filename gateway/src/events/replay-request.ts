import { z } from 'zod';
import { idAnswer, named } from '../http/answer-schema.js';

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

export const replayAnswer = named(
  'EventReplay',
  z.object({
    replayId: idAnswer,
    partition: z.int().min(0),
    fromSequence: sequenceField,
    toSequence: sequenceField,
  }),
);
