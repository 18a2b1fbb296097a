import { z } from 'zod';
import { currencyAnswer, idAnswer, moneyAnswer, named } from '../http/answer-schema.js';

export const limitsAnswer = named(
  'Limits',
  z.object({
    walletId: idAnswer,
    currency: currencyAnswer,
    creditLimit: moneyAnswer.nullable().meta({ description: 'Null: none.' }),
    perPayment: moneyAnswer.nullable().meta({ description: 'Null: no bound.' }),
    dailyOut: moneyAnswer.nullable(),
    dailyIn: moneyAnswer.nullable(),
    day: z
      .string()
      .regex(/^\d{4}-\d\d-\d\d$/)
      .meta({ format: 'date', description: 'The UTC day that `remaining` is of.' }),
    remaining: z
      .object({ dailyOut: moneyAnswer.nullable(), dailyIn: moneyAnswer.nullable() })
      .meta({ description: 'What the next payment of the day may use; null: no bound.' }),
  }),
);
