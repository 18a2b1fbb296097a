import { z } from 'zod';
import { named } from '../http/answer-schema.js';

export const liveAnswer = named('Live', z.object({ status: z.enum(['live']) }));

export const readinessAnswer = named(
  'Readiness',
  z.object({
    status: z.enum(['ready', 'degraded', 'unready', 'stopping']),
    checks: z.record(z.string(), z.string()).meta({ description: '`ok`, or what is wrong.' }),
  }),
);
