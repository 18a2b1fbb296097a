import { holdStatuses } from '@smart-wallet/engine/contract/hold-status.js';
import { z } from 'zod';
import {
  currencyAnswer,
  idAnswer,
  metadataAnswer,
  moneyAnswer,
  named,
  pageAnswer,
  timeAnswer,
} from '../http/answer-schema.js';

const fields = {
  holdId: idAnswer,
  walletId: idAnswer.meta({ description: 'The wallet that pays.' }),
  receiverWalletId: idAnswer,
  amount: moneyAnswer,
  captured: moneyAnswer,
  remaining: moneyAnswer.meta({ description: 'What may still be captured: zero once the hold has ended.' }),
  currency: currencyAnswer,
  status: z.enum(holdStatuses),
  expiresAt: timeAnswer.meta({ description: 'From then on nothing is captured, and what remains is available again.' }),
  reference: z.string().nullable(),
  description: z.string().nullable(),
  metadata: metadataAnswer,
  createdAt: timeAnswer,
  updatedAt: timeAnswer,
};

export const holdAnswer = named('Hold', z.object(fields));
export const holdWithCapturesAnswer = named(
  'HoldWithCaptures',
  z.object({
    ...fields,
    captures: z.array(idAnswer).meta({ description: 'The transactions that captured of it, oldest first.' }),
  }),
);
export const holdListAnswer = named('HoldList', pageAnswer(holdAnswer));
