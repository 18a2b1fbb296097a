import { z } from 'zod';
import { countAnswer, idAnswer, named, timeAnswer } from '../http/answer-schema.js';
import { failuresLookedAtMax } from './failed-transactions.js';

const rate = z.number().min(0).max(1);
const rates = {
  total: countAnswer.meta({ description: 'Everything committed, FAILED too.' }),
  failed: countAnswer,
  failureRate: rate.meta({ description: '`failed` of `total`, from 0 to 1.' }),
};
const counted = {
  count: countAnswer,
  share: rate.meta({ description: 'Of all that failed.' }),
  previousCount: countAnswer.meta({ description: 'In the period of the same length before.' }),
};

export const failureAnalysisAnswer = named(
  'FailureAnalysis',
  z.object({
    from: timeAnswer,
    to: timeAnswer,
    asOf: timeAnswer.meta({
      description: 'What was committed before it is counted, here and in `previous`: `to`, or the present.',
    }),
    bucket: z.enum(['minute', 'hour', 'day']),
    ...rates,
    previous: z.object(rates).meta({ description: 'The period of the same length before.' }),
    byCode: z.array(
      z.object({
        code: z.string(),
        category: z.string(),
        ...counted,
        examples: z.array(idAnswer).meta({ description: 'A few of the newest transactions.' }),
      }),
    ),
    byCategory: z.array(z.object({ category: z.string(), ...counted })),
    byWallet: z.array(z.object({ walletId: idAnswer, count: countAnswer })).meta({
      description: `Who failed most among the newest ${failuresLookedAtMax} failures of the period: who pays, of a deposit who receives.`,
    }),
    buckets: z.array(z.object({ at: timeAnswer, total: countAnswer, failed: countAnswer })),
  }),
);
