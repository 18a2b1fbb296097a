import { z } from 'zod';
import { moneyAnswer, named, timeAnswer } from '../http/answer-schema.js';
import { problemSchema } from '../http/problem-schema.js';
import { transactionAnswer } from '../transactions/transaction-answers.js';

export const paymentsByKeyAnswer = named(
  'PaymentsByKey',
  z.object({
    items: z.array(transactionAnswer),
    finalAfter: timeAnswer.optional().meta({
      description:
        'There only when `items` is empty: a request sent before this one can still be recorded until then. Empty after it means never.',
    }),
  }),
);

export const paymentAnswer = named(
  'Payment',
  transactionAnswer.extend({
    refunded: moneyAnswer.meta({ description: 'What was paid back, by refunds and a reversal together.' }),
    refundable: moneyAnswer.meta({ description: 'What still may be.' }),
  }),
);

const made = z.object({ status: z.literal(201), transaction: transactionAnswer });
const refused = z.object({
  status: z.int().meta({ description: 'The status that the payment alone would have had.' }),
  problem: problemSchema,
});
const replayed = z.literal(true).optional().meta({
  description: 'There only when the key was answered before: this is the first answer again.',
});

export const batchAnswer = named(
  'BatchResults',
  z.object({
    results: z
      .array(z.union([made.extend({ replayed }), refused.extend({ replayed })]))
      .meta({ description: 'One for each payment, in the order of the request.' }),
  }),
);

export const atomicBatchAnswer = named(
  'AtomicBatchResults',
  z.object({ results: z.array(made).meta({ description: 'In the order of the request.' }) }),
);

export const atomicBatchRefusedAnswer = named(
  'AtomicBatchRefused',
  problemSchema.extend({
    results: z.array(refused).optional().meta({
      description: 'With `BATCH_REFUSED`: every payment\u2019s own problem, in the order of the request.',
    }),
  }),
);
