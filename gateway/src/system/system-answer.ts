import { z } from 'zod';
import { countAnswer, idAnswer, named, timeAnswer } from '../http/answer-schema.js';

/** Programs that were heard of within this time. */
export const aliveSeconds = 30;
export const incidentsMax = 20;
/** Of each engine. */
export const batchesLookedAt = 100;

const heardAnswer = z.object({
  engines: z.array(
    z.object({
      engineId: idAnswer,
      name: z.string(),
      heardMsAgo: countAnswer,
      partitions: countAnswer,
      standsBy: z.boolean().meta({ description: 'It should own none, and waits to take over.' }),
      mailboxDepth: countAnswer.meta({ description: 'Commands that are queued or in flight.' }),
      oldestWaitingMs: countAnswer.nullable().meta({ description: 'Age of the oldest of them; null: none waits.' }),
      fencedCalls: countAnswer.meta({ description: 'Refused since another engine owned the partition.' }),
      unknownCalls: countAnswer.meta({ description: 'Whose outcome had to be looked up.' }),
      memoryBytes: countAnswer,
    }),
  ),
  gateways: z.array(
    z.object({
      gatewayId: idAnswer.meta({ description: 'Of this start of its live stream.' }),
      url: z.string(),
      heardMsAgo: countAnswer,
      openCommands: countAnswer.meta({ description: 'That wait for an answer.' }),
      oldestOpenMs: countAnswer.nullable(),
      liveConnections: countAnswer,
    }),
  ),
});

const engineOfTakeover = z.object({ engineId: idAnswer, name: z.string() });
export const takeoverListAnswer = named(
  'TakeoverList',
  z.object({
    items: z.array(
      named(
        'Takeover',
        z.object({
          at: timeAnswer,
          partitions: z.array(countAnswer),
          from: engineOfTakeover.nullable().meta({
            description:
              'null: it was given up before, or nobody\u2019s. The same engine as `to`: it made sure that nothing old of its own can commit.',
          }),
          to: engineOfTakeover,
        }),
      ),
    ),
    nextCursor: z.null(),
  }),
);

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
        perBatch: z
          .object({ mean: z.number().min(0), most: countAnswer })
          .nullable()
          .meta({ description: `Transactions in one of its last ${batchesLookedAt} batches; null: it has none.` }),
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
    heard: heardAnswer
      .nullable()
      .meta({ description: 'Whom the gateway that answers hears, as of now; null: it has no live stream.' }),
    versions: z.record(z.string(), z.string()),
  }),
);
