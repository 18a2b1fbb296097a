import { z } from 'zod';
import { idAnswer, named, pageAnswer, timeAnswer } from '../http/answer-schema.js';
import { dayAnswer } from '../http/day-field.js';

export const summaryListAnswer = named(
  'SummaryList',
  pageAnswer(
    named(
      'Summary',
      z.object({
        summaryId: idAnswer,
        summaryDate: dayAnswer,
        summaryType: z.enum(['AI', 'FALLBACK']).meta({ description: 'FALLBACK: the plain one, without a model.' }),
        content: z.string(),
        facts: z.record(z.string(), z.unknown()).meta({ description: 'The figures that it rests on.' }),
        model: z.string().nullable(),
        reason: z.string().nullable().meta({ description: 'Why it is the plain one.' }),
        createdAt: timeAnswer,
      }),
    ),
  ),
);

export const summaryRequested = named('SummaryRequested', z.object({ requestId: idAnswer }));
