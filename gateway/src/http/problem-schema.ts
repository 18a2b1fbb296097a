import { z } from 'zod';
import { idAnswer, named } from './answer-schema.js';
import { type ProblemCode, problemKinds } from './problem-catalogue.js';

const problemCode = named(
  'ProblemCode',
  z.enum(Object.keys(problemKinds) as [ProblemCode, ...ProblemCode[]]).meta({
    description: 'What it means and what to do stands at the address in `type`; all of them at `/api/problems`.',
  }),
);

const fieldError = named(
  'FieldError',
  z.object({
    field: z.string().meta({ description: 'A path in the body, a query parameter or a header.', example: 'amount' }),
    rule: z.string().meta({ example: 'AMOUNT_DECIMALS' }),
    message: z.string().meta({ example: 'has more decimals than the currency: EUR has 2' }),
  }),
);

/** RFC 9457, with `code`, `traceId` and what belongs to the problem. */
export const problemSchema = named(
  'Problem',
  z.object({
    type: z
      .string()
      .regex(/^\/api\/problems\/[a-z-]+$/)
      .meta({ description: 'The address of a page about the code.', example: '/api/problems/insufficient-funds' }),
    title: z.string(),
    status: z.int(),
    code: problemCode,
    detail: z.string().meta({ description: 'What happened this time, and what to do.' }),
    traceId: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .meta({
        description: 'The request\u2019s own, as in its `Trace-Id` header. A replayed refusal differs in it alone.',
      }),
    errors: z.array(fieldError).optional().meta({ description: 'Of a request that is not valid.' }),
    transactionId: idAnswer.optional().meta({ description: 'The FAILED transaction that records the refusal.' }),
    runId: idAnswer.optional().meta({ description: 'The run that is under way already.' }),
  }),
);

/** Every code with its status. */
export function problemTable(): string {
  const rows = Object.entries(problemKinds).map(([code, { status, title }]) => `| ${code} | ${status} | ${title} |`);
  return ['| code | status | |', '|---|---|---|', ...rows].join('\n');
}
