import { transactionKinds } from '@smart-wallet/engine/contract/transaction-kind.js';
import { transactionStatuses } from '@smart-wallet/engine/contract/transaction-status.js';
import { z } from 'zod';
import { currencyField, uuidField } from '../http/fields.js';
import { instantField, instantForms } from '../http/instant-field.js';
import { pageFields } from '../http/page.js';

export const transactionFilters = z
  .strictObject({
    ...pageFields,
    walletId: uuidField.optional().meta({ description: 'Transactions that this wallet sends or receives.' }),
    status: z.enum(transactionStatuses).optional(),
    kind: z.enum(transactionKinds).optional(),
    currency: currencyField.optional(),
    from: instantField.optional().meta({ description: `\`createdAt\` at or after it: ${instantForms}.` }),
    to: instantField.optional().meta({ description: `\`createdAt\` before it: ${instantForms}.` }),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['from'],
    error: 'RANGE: must not be later than to',
  });
export type TransactionFilters = z.infer<typeof transactionFilters>;
