import { z } from 'zod';
import { countAnswer, idAnswer, named, timeAnswer } from '../http/answer-schema.js';

/** Programs that were heard of within this time. */
export const aliveSeconds = 30;
export const incidentsMax = 20;

export const systemAnswer = named(
  'System',
  z.object({
    asOf: timeAnswer,
    engines: z.array(
      z.object({
        engineId: idAnswer,
        name: z.string(),
        startedAt: timeAnswer,
        batchSeq: countAnswer,
        partitions: countAnswer.meta({
          description: 'That it owns. Engines that stand by own none and are not listed.',
        }),
      }),
    ),
    partitions: z.array(
      z.object({
        partition: countAnswer,
        epoch: countAnswer,
        engineId: idAnswer.nullable().meta({ description: 'Its owner.' }),
        sequence: countAnswer.meta({ description: 'The last event that the broker has.' }),
        eventsStopped: z.boolean().meta({ description: 'Its events stopped: see workers/EVENTS.md.' }),
      }),
    ),
    gateways: z.array(z.object({ gatewayId: idAnswer, seenAt: timeAnswer })),
    workers: z.array(
      z.object({
        name: z.string(),
        version: z.string(),
        parts: z.array(z.string()),
        startedAt: timeAnswer,
        seenAt: timeAnswer,
      }),
    ),
    queues: z
      .array(z.object({ name: z.string(), depth: countAnswer, consumers: countAnswer }))
      .meta({ description: 'As the workers found them last; empty while none runs.' }),
    deadLetters: countAnswer
      .nullable()
      .meta({ description: 'Messages in the queue of dead letters; null: not known.' }),
    relay: z.object({
      epoch: countAnswer,
      holder: z.string().nullable(),
      lagSeconds: z.number().min(0),
      lagBatches: countAnswer,
    }),
    incidents: z
      .array(z.object({ at: timeAnswer, what: z.string(), queue: z.string() }))
      .meta({ description: `At the broker: the last ${incidentsMax}, newest first.` }),
    versions: z.record(z.string(), z.string()),
  }),
);
