import { z } from 'zod';
import { idAnswer, named, timeAnswer } from '../http/answer-schema.js';

export const viewAnswer = named(
  'SavedView',
  z.object({
    viewId: idAnswer,
    list: z.string(),
    name: z.string(),
    query: z.string(),
    shared: z.boolean(),
    mine: z.boolean().meta({ description: 'Whoever asks has saved it, and may change it.' }),
    savedBy: z.string(),
    savedAt: timeAnswer,
  }),
);

export const viewListAnswer = named('SavedViewList', z.object({ items: z.array(viewAnswer), nextCursor: z.null() }));
