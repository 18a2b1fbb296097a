import type { CaptureCommand, HoldCommand, VoidCommand } from '@smart-wallet/engine/contract/commands.js';
import { holdStatuses } from '@smart-wallet/engine/contract/hold-status.js';
import { holdLivesMaxMs } from '@smart-wallet/engine/contract/limits.js';
import { captureHash, holdHash, voidHash } from '@smart-wallet/engine/contract/request-hash.js';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { checkedBody } from '../http/checked-body.js';
import { amountField, uuidField } from '../http/fields.js';
import { inOrder, instantField, instantForms } from '../http/instant-field.js';
import { pageFields } from '../http/page.js';
import { type FieldError, ProblemError, validationFailed } from '../http/problem.js';
import { scaledAmount } from '../http/scaled-amount.js';
import { validated } from '../http/validate.js';
import type { Asked } from '../idempotency/asked.js';
import { readTerms, termFields } from '../transfers/transfer-request.js';
import type { HoldRow } from './hold-row.js';

const dayMs = 86_400_000;

export const newHoldSchema = z.strictObject({
  walletId: uuidField.meta({ description: 'The wallet that pays.' }),
  receiverWalletId: uuidField,
  ...termFields,
  expiresAt: instantField
    .nullish()
    .meta({ description: `At most ${holdLivesMaxMs / dayMs} days ahead; 7 days without it: ${instantForms}.` }),
});

export const captureSchema = z.strictObject({
  amount: amountField.nullish().meta({ description: 'Without it, all that remains.' }),
  final: z.boolean().default(false).meta({ description: 'Gives back what remains after it.' }),
});

export const voidSchema = z.strictObject({});

export const holdFilters = inOrder(
  z.strictObject({
    ...pageFields,
    walletId: uuidField.optional().meta({ description: 'Holds that this wallet pays.' }),
    receiverWalletId: uuidField.optional(),
    status: z.enum(holdStatuses).optional(),
    from: instantField.optional().meta({ description: `\`createdAt\` at or after it: ${instantForms}.` }),
    to: instantField.optional().meta({ description: `\`createdAt\` before it: ${instantForms}.` }),
  }),
);
export type HoldFilters = z.infer<typeof holdFilters>;

export const expiresAtError: FieldError = {
  field: 'expiresAt',
  rule: 'RANGE',
  message: `must be ahead, by at most ${holdLivesMaxMs / dayMs} days`,
};

/** Throws VALIDATION_FAILED. */
export function holdCommand(asked: Asked, request: FastifyRequest): HoldCommand {
  return readHold(asked, checkedBody(newHoldSchema, request));
}

/** Throws VALIDATION_FAILED. */
export function readHold(asked: Asked, body: unknown): HoldCommand {
  const { walletId, receiverWalletId, expiresAt, ...fields } = validated(newHoldSchema, body);
  const common = readTerms(fields);
  const errors = Array.isArray(common) ? common : [];
  if (walletId === receiverWalletId) {
    errors.push({
      field: 'receiverWalletId',
      rule: 'SAME_WALLET',
      message: 'must be another wallet than the one that pays',
    });
  }
  const expiresAtMs = expiresAt ? Date.parse(expiresAt) : null;
  // Whether it is ahead at all, the engine says: it knows whether this is asked again.
  if (expiresAtMs !== null && expiresAtMs > asked.initiatedAtMs + holdLivesMaxMs) errors.push(expiresAtError);
  if (Array.isArray(common) || errors.length > 0) throw new ProblemError(validationFailed(errors));
  const terms = { kind: 'HOLD' as const, senderWalletId: walletId, receiverWalletId, ...common };
  return { type: 'HOLD', ...terms, expiresAtMs, ...asked, requestHash: holdHash(terms, expiresAtMs) };
}

/** Throws VALIDATION_FAILED. */
export function captureCommand(
  asked: Asked,
  { hold_id: holdId, currency }: Pick<HoldRow, 'hold_id' | 'currency'>,
  { amount: text, final }: z.infer<typeof captureSchema>,
): CaptureCommand {
  const amount = text === undefined || text === null ? null : scaledAmount(text, currency);
  return { type: 'CAPTURE', holdId, amount, final, ...asked, requestHash: captureHash({ holdId, amount, final }) };
}

export function voidCommand(asked: Asked, holdId: string, request: FastifyRequest): VoidCommand {
  checkedBody(voidSchema, request);
  return { type: 'VOID', holdId, ...asked, requestHash: voidHash(holdId) };
}
