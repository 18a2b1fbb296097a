import { z } from 'zod';
import { named } from '../http/answer-schema.js';

export const liveAnswer = named('Live', z.object({ status: z.enum(['live']) }));

export const readinessQuery = z.object({
  for: z
    .enum(['traffic'])
    .optional()
    .meta({
      description:
        'For a balancer: 200 from when it has first found its servers until it stops. What it lacks meanwhile, the others most often lack, too; ' +
        'the body tells it all the same.',
    }),
});

export const readinessAnswer = named(
  'Readiness',
  z.object({
    status: z.enum(['ready', 'degraded', 'unready', 'stopping']),
    checks: z.record(z.string(), z.string()).meta({ description: '`ok`, or what is wrong.' }),
  }),
);
