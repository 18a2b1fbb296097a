import { z } from 'zod';
import { countAnswer, idAnswer, named, timeAnswer } from '../http/answer-schema.js';

const hashAnswer = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ description: 'SHA-256, in hex.' });
const check = z.boolean().nullable();

export const proofAnswer = named(
  'TransactionProof',
  z.object({
    transactionId: idAnswer,
    engineId: idAnswer,
    batchSeq: z.string().meta({ description: 'Which batch of this engine: a whole number, as text.' }),
    transactions: countAnswer.meta({ description: 'How many are sealed with it.' }),
    leafVersion: countAnswer,
    leaf: z.string().nullable().meta({ description: 'What was sealed of it, as text: SHA-256 of 0x00 and this text.' }),
    path: z
      .array(z.object({ side: z.enum(['left', 'right']), hash: hashAnswer }))
      .meta({ description: 'From the leaf to the root: a node is SHA-256 of 0x01, left, right.' }),
    merkleRoot: hashAnswer,
    digest: hashAnswer.meta({ description: 'Over what the database decided: balances, entry numbers, the time.' }),
    previousHead: hashAnswer
      .nullable()
      .meta({ description: 'The head of the batch before; null where it is not kept.' }),
    headHash: hashAnswer.meta({
      description: 'SHA-256 of the head before, the batch number (8 bytes), root and digest.',
    }),
    chain: z
      .object({ lastSeq: z.string(), lastHead: hashAnswer })
      .meta({ description: 'How far the engine’s chain goes.' }),
    checks: z
      .object({ root: check, digest: check, head: check })
      .meta({ description: 'Each made again from the rows; null where rows that it needs are not kept any more.' }),
    verified: z.boolean().meta({ description: 'All of them hold.' }),
    verifiedAt: timeAnswer,
  }),
);
