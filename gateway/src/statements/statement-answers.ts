import { z } from 'zod';
import {
  countAnswer,
  currencyAnswer,
  idAnswer,
  moneyAnswer,
  named,
  pageAnswer,
  timeAnswer,
} from '../http/answer-schema.js';
import { entryAnswer } from '../transactions/transaction-answers.js';

export const entryListAnswer = named('EntryList', pageAnswer(entryAnswer));

export const statementAnswer = named(
  'Statement',
  pageAnswer(entryAnswer).extend({
    walletId: idAnswer,
    currency: currencyAnswer,
    from: timeAnswer,
    to: timeAnswer,
    closed: z.boolean().meta({
      description:
        'Nothing can be added to the period any more: from now on the statement is the same to the byte. Mostly some milliseconds after its end.',
    }),
    opening: moneyAnswer,
    closing: moneyAnswer,
    debits: moneyAnswer.meta({ description: 'The sum of all debits of the period, on whatever page.' }),
    credits: moneyAnswer,
    debitCount: countAnswer,
    creditCount: countAnswer,
  }),
);

export const balanceLineAnswer = named(
  'BalanceLine',
  z.object({
    walletId: idAnswer,
    currency: currencyAnswer,
    from: timeAnswer,
    to: timeAnswer,
    entries: countAnswer.meta({ description: 'How many the period has, drawn or not.' }),
    items: z.array(z.object({ at: timeAnswer, balance: moneyAnswer })).meta({
      description:
        'In order. The first is of the beginning, the last of the end; between two, the balance is that of the first.',
    }),
  }),
);
