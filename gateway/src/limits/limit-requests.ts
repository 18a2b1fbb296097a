import type { LimitsChangeCommand } from '@smart-wallet/engine/contract/commands.js';
import { type AmountProblem, parseAmount } from '@smart-wallet/engine/contract/money.js';
import { limitsHash } from '@smart-wallet/engine/contract/request-hash.js';
import { z } from 'zod';
import { amountField, amountMessage } from '../http/fields.js';
import { type FieldError, ProblemError, validationFailed } from '../http/problem.js';
import type { Asked } from '../idempotency/asked.js';
import type { LimitsRow } from './find-limits.js';

/** A currency with as many as any. */
const mostDecimals = 'CLF';
/** What is wrong in any currency is told with what else is; decimals are counted once the wallet's is known. */
const limitField = amountField
  .superRefine((text, issues) => {
    const problem = limitProblem(text, mostDecimals);
    if (!problem) return;
    const message =
      problem.rule === 'AMOUNT_DECIMALS' ? 'has more decimals than any currency: at most 4' : problem.message;
    issues.addIssue({ code: 'custom', message: `${problem.rule}: ${message}` });
  })
  .nullish();

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

/** Zero is a limit, too. */
function limitProblem(text: string, currency: string): { rule: AmountProblem; message: string } | null {
  const amount = parseAmount(text, currency);
  if (typeof amount === 'bigint') return null;
  if (amount !== 'AMOUNT_NOT_POSITIVE') return { rule: amount, message: amountMessage(amount, currency) };
  return text.startsWith('-') ? { rule: amount, message: 'must not be below zero' } : null;
}

/** Throws VALIDATION_FAILED. */
export function limitsCommand(
  asked: Asked,
  { wallet_id: walletId, currency }: Pick<LimitsRow, 'wallet_id' | 'currency'>,
  given: z.infer<typeof limitsSchema>,
): LimitsChangeCommand {
  const errors: FieldError[] = [];
  const read = (field: keyof typeof given): string | null => {
    const text = given[field];
    if (text === undefined || text === null) return null;
    const problem = limitProblem(text, currency);
    if (problem) errors.push({ field, ...problem });
    const amount = parseAmount(text, currency);
    return typeof amount === 'bigint' ? amount.toString() : '0';
  };
  const limits = {
    ...{ walletId, creditLimit: read('creditLimit') ?? '0', perPayment: read('perPayment') },
    ...{ dailyOut: read('dailyOut'), dailyIn: read('dailyIn') },
  };
  if (errors.length > 0) throw new ProblemError(validationFailed(errors));
  return { type: 'LIMITS_CHANGE', ...limits, ...asked, requestHash: limitsHash(limits) };
}
