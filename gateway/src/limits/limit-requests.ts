import type { LimitsChangeCommand } from '@smart-wallet/engine/contract/commands.js';
import { parseAmount } from '@smart-wallet/engine/contract/money.js';
import { limitsHash } from '@smart-wallet/engine/contract/request-hash.js';
import { z } from 'zod';
import { amountField, amountMessages } from '../http/fields.js';
import { type FieldError, ProblemError, validationFailed } from '../http/problem.js';
import type { Asked } from '../idempotency/asked.js';
import type { LimitsRow } from './find-limits.js';

const limitField = amountField.nullish();

/** All four are replaced. */
export const limitsSchema = z.strictObject({
  creditLimit: limitField.meta({ description: 'How far below zero the wallet may go. Null or omitted: not at all.' }),
  perPayment: limitField.meta({
    description: 'The most that a payment, a hold or a withdrawal may be. Null or omitted: no bound.',
  }),
  dailyOut: limitField.meta({
    description:
      'The most that goes out in a day (UTC): payments, withdrawals and holds, not refunds and reversals. Null or omitted: no bound.',
  }),
  dailyIn: limitField.meta({
    description:
      'The most that comes in in a day (UTC): payments, deposits and captures, not refunds and reversals. Null or omitted: no bound.',
  }),
});

/** Throws VALIDATION_FAILED. */
export function limitsCommand(
  asked: Asked,
  { wallet_id: walletId, currency }: LimitsRow,
  given: z.infer<typeof limitsSchema>,
): LimitsChangeCommand {
  const errors: FieldError[] = [];
  const read = (field: keyof typeof given): string | null => {
    const text = given[field];
    if (text === undefined || text === null) return null;
    const amount = parseAmount(text, currency);
    // Zero is a limit, too.
    if (amount === 'AMOUNT_NOT_POSITIVE' && !text.startsWith('-')) return '0';
    if (typeof amount === 'bigint') return amount.toString();
    const message = amount === 'AMOUNT_NOT_POSITIVE' ? 'must not be below zero' : amountMessages[amount];
    errors.push({ field, rule: amount, message });
    return null;
  };
  const limits = {
    ...{ walletId, creditLimit: read('creditLimit') ?? '0', perPayment: read('perPayment') },
    ...{ dailyOut: read('dailyOut'), dailyIn: read('dailyIn') },
  };
  if (errors.length > 0) throw new ProblemError(validationFailed(errors));
  return { type: 'LIMITS_CHANGE', ...limits, ...asked, requestHash: limitsHash(limits) };
}
