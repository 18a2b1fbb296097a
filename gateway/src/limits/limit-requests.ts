import type { LimitsChangeCommand } from '@smart-wallet/engine/contract/commands.js';
import { parseAmount } from '@smart-wallet/engine/contract/money.js';
import { limitsHash } from '@smart-wallet/engine/contract/request-hash.js';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { checkedBody } from '../http/checked-body.js';
import { amountField, amountMessages } from '../http/fields.js';
import { type FieldError, ProblemError, validationFailed } from '../http/problem.js';
import type { Asked } from '../idempotency/asked.js';

const limitField = amountField.nullish();

/** All four are replaced. */
export const limitsSchema = z.strictObject({
  creditLimit: limitField.meta({ description: 'How far below zero the wallet may go. Null or omitted: not at all.' }),
  perPayment: limitField.meta({
    description: 'The most that a payment, a hold or a withdrawal may be. Null or omitted: no bound.',
  }),
  dailyOut: limitField.meta({ description: 'The most that goes out in a day (UTC). Null or omitted: no bound.' }),
  dailyIn: limitField.meta({ description: 'The most that comes in in a day (UTC). Null or omitted: no bound.' }),
});

/** @param currency of the wallet. Throws VALIDATION_FAILED. */
export function limitsCommand(
  asked: Asked,
  walletId: string,
  currency: string,
  request: FastifyRequest,
): LimitsChangeCommand {
  const given = checkedBody(limitsSchema, request);
  const errors: FieldError[] = [];
  const read = (field: keyof typeof given): string | null => {
    const text = given[field];
    if (text === undefined || text === null) return null;
    // Zero is a limit, too.
    const amount = /^0(\.0{1,4})?$/.test(text) ? 0n : parseAmount(text, currency);
    if (typeof amount === 'bigint') return amount.toString();
    errors.push({ field, rule: amount, message: amountMessages[amount] });
    return null;
  };
  const limits = {
    ...{ walletId, creditLimit: read('creditLimit') ?? '0', perPayment: read('perPayment') },
    ...{ dailyOut: read('dailyOut'), dailyIn: read('dailyIn') },
  };
  if (errors.length > 0) throw new ProblemError(validationFailed(errors));
  return { type: 'LIMITS_CHANGE', ...limits, ...asked, requestHash: limitsHash(limits) };
}
