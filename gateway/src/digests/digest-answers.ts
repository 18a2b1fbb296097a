import { z } from 'zod';
import { idAnswer, named, pageAnswer, timeAnswer } from '../http/answer-schema.js';
import { dayAnswer } from '../http/day-field.js';

export const digestRecipientsAnswer = named(
  'DigestRecipients',
  z.object({
    items: z.array(
      z.object({
        email: z.string(),
        name: z.string().nullable(),
        timeZone: z.string(),
        frequency: z.enum(['DAILY', 'WEEKLY']),
        at: z.string(),
      }),
    ),
    nextCursor: z.null(),
  }),
);

export const digestListAnswer = named(
  'DigestList',
  pageAnswer(
    named(
      'Digest',
      z.object({
        digestId: idAnswer,
        email: z.string(),
        frequency: z.enum(['DAILY', 'WEEKLY']),
        date: dayAnswer.meta({ description: 'Its last day.' }),
        timeZone: z.string(),
        requestedBy: z.string().nullable().meta({ description: 'By hand: by whom.' }),
        status: z.enum(['PENDING', 'SENT', 'FAILED']).meta({ description: 'SENT: its mail is on its way.' }),
        error: z.string().nullable(),
        createdAt: timeAnswer,
        sentAt: timeAnswer.nullable(),
      }),
    ),
  ),
);

export const digestMailAnswer = named(
  'DigestMail',
  z.object({
    digestId: idAnswer,
    subject: z.string(),
    text: z.string().nullable().meta({ description: 'Null once it is not kept any more.' }),
    html: z.string().nullable().meta({ description: 'A whole page, without scripts.' }),
    images: z
      .array(z.object({ contentId: z.string(), contentType: z.string(), content: z.string() }))
      .meta({ description: 'What the page shows as `cid:<contentId>`; base64.' }),
  }),
);

export const digestRequested = named('DigestRequested', z.object({ digestId: idAnswer }));
