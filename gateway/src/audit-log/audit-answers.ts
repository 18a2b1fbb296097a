import { z } from 'zod';
import { named, pageAnswer, timeAnswer } from '../http/answer-schema.js';

const state = z.record(z.string(), z.unknown()).nullable();

export const auditRowAnswer = named(
  'AuditRow',
  z.object({
    auditId: z.string().meta({ description: 'A whole number, as text.' }),
    at: timeAnswer,
    actor: z.string().meta({ description: 'The subject of the token that it was done with.', example: 'token:shop' }),
    action: z.string().meta({
      description: 'What was done. There will be more than there are today: see `gateway/ACCESS.md`.',
      example: 'WALLET_STATUS_CHANGED',
    }),
    subject: z.string().meta({ description: 'The id of what it was done to.' }),
    before: state.meta({ description: 'What it was before; null where nothing was, or it does not matter.' }),
    after: state.meta({ description: 'What it was after, or what was made.' }),
    reason: z.string().nullable().meta({ description: 'As who did it gave it.' }),
    traceId: z.string().nullable().meta({ description: 'Of the request. Older rows have none.' }),
  }),
);

export const auditListAnswer = named('AuditRowList', pageAnswer(auditRowAnswer));
