import { referenceCharsMax } from '@smart-wallet/engine/contract/limits.js';
import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { refusalCodes } from '@smart-wallet/engine/contract/rejection.js';
import { transactionKinds } from '@smart-wallet/engine/contract/transaction-kind.js';
import { transactionStatuses } from '@smart-wallet/engine/contract/transaction-status.js';
import { z } from 'zod';
import { currencyField, uuidField } from '../http/fields.js';
import { idempotencyKeyError, idempotencyKeyForm } from '../http/idempotency-key.js';
import { inOrder, instantField, instantForms } from '../http/instant-field.js';
import { pageFields } from '../http/page.js';
import { isGoodText } from '../http/text-check.js';

const amountPattern = /^(0|[1-9]\d{0,13})(\.\d{1,4})?$/;
const amountBound = z
  .string()
  .regex(amountPattern, 'AMOUNT_FORMAT: must be a plain decimal string such as "12.50"')
  .meta({ description: 'Of any currency; itself included.', example: '12.50' });

/** What transactions are chosen by: in lists, totals and exports. */
export const transactionFilterFields = {
  walletId: uuidField.optional().meta({ description: 'Transactions that this wallet sends or receives.' }),
  status: z.enum(transactionStatuses).optional(),
  kind: z.enum(transactionKinds).optional(),
  failureCode: z.enum(refusalCodes).optional(),
  minAmount: amountBound.optional(),
  maxAmount: amountBound.optional(),
  currency: currencyField.optional(),
  from: instantField.optional().meta({ description: `\`createdAt\` at or after it: ${instantForms}.` }),
  to: instantField.optional().meta({ description: `\`createdAt\` before it: ${instantForms}.` }),
  reference: z
    .string()
    .min(1)
    .max(referenceCharsMax)
    .refine(isGoodText, 'TEXT_INVALID: must not contain U+0000 or a lone surrogate')
    .optional()
    .meta({ description: 'Exactly this one.', example: 'invoice 7' }),
  idempotencyKey: z
    .string()
    .refine((key) => idempotencyKeyError(key, '') === undefined, 'FORMAT: must be 1 to 255 visible ASCII characters')
    .optional()
    .meta({ ...idempotencyKeyForm, description: 'What was made under this key of the caller\u2019s own.' }),
  parentTransactionId: uuidField
    .optional()
    .meta({ description: 'What was made of this one: captures of a hold, refunds of a payment.' }),
};

interface Bounds {
  from?: string | undefined;
  to?: string | undefined;
  minAmount?: string | undefined;
  maxAmount?: string | undefined;
}

const isAmount = (text: string | undefined): text is string => text !== undefined && amountPattern.test(text);

/** Refuses ranges that are upside down. Of one whose ends are no amounts, that is said alone: this is asked all the same. */
export function withBounds<T extends z.ZodType<Bounds>>(schema: T): T {
  return inOrder(schema).refine(
    ({ minAmount: min, maxAmount: max }) => !isAmount(min) || !isAmount(max) || parseDecimal(min) <= parseDecimal(max),
    { path: ['minAmount'], error: 'RANGE: must not be above maxAmount' },
  );
}

export const transactionFilters = withBounds(z.strictObject({ ...pageFields, ...transactionFilterFields }));
export type TransactionFilters = z.infer<typeof transactionFilters>;

export const totalFilters = withBounds(z.strictObject(transactionFilterFields));
