import { z } from 'zod';
import { named, pageAnswer, timeAnswer } from '../http/answer-schema.js';

const statusAnswer = z.enum(['WAITING', 'REPLAYING', 'REPLAYED', 'DELETED']).meta({
  description: 'WAITING for somebody to look at it; REPLAYING until the workers have brought it back to its queue.',
});

export const deadLetterListAnswer = named(
  'DeadLetterList',
  pageAnswer(
    named(
      'DeadLetter',
      z.object({
        deadLetterId: z.guid(),
        queue: z.string().meta({ description: 'Where it could not be handled.', example: 'mail.v1' }),
        messageId: z.string().nullable(),
        reason: z
          .string()
          .meta({ description: 'Why it was given up. E-mail addresses are shown to operators and admins.' }),
        attempts: z.int().meta({ description: 'How often it was tried.' }),
        firstFailedAt: timeAnswer,
        payload: z.unknown().meta({
          description:
            'What it says: JSON, or its first 8 KiB as text. E-mail addresses are shown to operators and admins.',
        }),
        payloadBytes: z.int().meta({ description: 'How long it is.' }),
        status: statusAnswer,
      }),
    ),
  ),
);

export const deadLetterReplayAnswer = named(
  'DeadLetterReplay',
  z.object({ deadLetterId: z.guid(), status: statusAnswer }),
);
