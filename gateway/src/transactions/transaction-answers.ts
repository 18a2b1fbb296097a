import { entryTypes } from '@smart-wallet/engine/contract/entry-type.js';
import { refusalCodes } from '@smart-wallet/engine/contract/rejection.js';
import { transactionKinds } from '@smart-wallet/engine/contract/transaction-kind.js';
import { transactionStatuses } from '@smart-wallet/engine/contract/transaction-status.js';
import { z } from 'zod';
import {
  countAnswer,
  currencyAnswer,
  idAnswer,
  metadataAnswer,
  moneyAnswer,
  named,
  pageAnswer,
  timeAnswer,
} from '../http/answer-schema.js';

export const transactionAnswer = named(
  'Transaction',
  z.object({
    transactionId: idAnswer,
    kind: z.enum(transactionKinds),
    status: z.enum(transactionStatuses),
    senderWalletId: idAnswer,
    receiverWalletId: idAnswer,
    amount: moneyAnswer,
    currency: currencyAnswer,
    failureCode: z.enum(refusalCodes).nullable(),
    failureReason: z.string().nullable(),
    reference: z.string().nullable(),
    description: z.string().nullable(),
    metadata: metadataAnswer,
    parentTransactionId: idAnswer
      .nullable()
      .meta({ description: 'Of a capture, void or expiry: the hold. Of a refund or reversal: what it pays back.' }),
    effectiveAt: timeAnswer.nullable().meta({ description: 'As its caller said: information.' }),
    released: moneyAnswer.nullable().meta({ description: 'Of a capture: what a final one gave back.' }),
    partition: countAnswer,
    batchSeq: countAnswer,
    initiatedAt: timeAnswer.meta({ description: 'The gateway accepted it.' }),
    processingAt: timeAnswer.meta({ description: 'The engine began with it.' }),
    createdAt: timeAnswer.meta({ description: 'It was committed.' }),
  }),
);

export const transactionListAnswer = named('TransactionList', pageAnswer(transactionAnswer));

export const entryAnswer = named(
  'Entry',
  z.object({
    entryId: idAnswer,
    entryNo: countAnswer.meta({ description: 'Counts the wallet\u2019s entries, without holes.' }),
    walletId: idAnswer,
    transactionId: idAnswer,
    kind: z.enum(transactionKinds),
    entryType: z.enum(entryTypes),
    amount: moneyAnswer,
    currency: currencyAnswer,
    balanceAfter: moneyAnswer,
    createdAt: timeAnswer,
    reference: z.string().nullable(),
    description: z.string().nullable(),
  }),
);

const ofAnother = 'Null of a wallet that is not of the token\u2019s scope.';

export const entriesAnswer = named(
  'Entries',
  z.object({
    entries: z.array(
      named(
        'TransactionEntry',
        entryAnswer.extend({
          entryNo: countAnswer.nullable().meta({ description: ofAnother }),
          balanceAfter: moneyAnswer.nullable().meta({ description: ofAnother }),
        }),
      ),
    ),
  }),
);

export const totalsAnswer = named(
  'TransactionTotals',
  z.object({
    count: countAnswer,
    sumByCurrency: z.record(z.string(), moneyAnswer),
    asOf: timeAnswer.meta({ description: 'What was committed by then is counted.' }),
    complete: z.boolean(),
  }),
);

export const timelineAnswer = named(
  'Timeline',
  z.object({
    items: z.array(
      z.object({
        at: timeAnswer,
        step: z.string().meta({
          description: 'INITIATED, PROCESSING, SUCCESS or FAILED; then the kind of what was made of it.',
          example: 'PROCESSING',
        }),
        detail: z.string(),
        transactionId: idAnswer,
      }),
    ),
  }),
);
