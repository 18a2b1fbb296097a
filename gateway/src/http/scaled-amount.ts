import { parseAmount } from '@smart-wallet/engine/contract/money.js';
import { amountMessage } from './fields.js';
import { ProblemError, validationFailed } from './problem.js';

/** An amount in ten-thousandths, in digits. Throws VALIDATION_FAILED. */
export function scaledAmount(text: string, currency: string, field = 'amount'): string {
  const amount = parseAmount(text, currency);
  if (typeof amount === 'bigint') return amount.toString();
  throw new ProblemError(validationFailed([{ field, rule: amount, message: amountMessage(amount, currency) }]));
}
