import type { RefundCommand, ReversalCommand } from '@smart-wallet/engine/contract/commands.js';
import { reasonCharsMax } from '@smart-wallet/engine/contract/limits.js';
import { refundHash, reversalHash } from '@smart-wallet/engine/contract/request-hash.js';
import { z } from 'zod';
import { amountField } from '../http/fields.js';
import { scaledAmount } from '../http/scaled-amount.js';
import type { Asked } from '../idempotency/asked.js';
import type { TransactionRow } from '../transactions/transaction-row.js';

const reasonField = z
  .string()
  .max(reasonCharsMax)
  .meta({ description: 'Kept as the description of what it makes.', example: 'damaged' });

export const refundSchema = z.strictObject({
  amount: amountField.nullish().meta({ description: 'Without it, all that is left.' }),
  reason: reasonField.nullish(),
});

export const reversalSchema = z.strictObject({ reason: reasonField.min(1) });

/** Throws VALIDATION_FAILED. */
export function refundCommand(
  asked: Asked,
  original: TransactionRow,
  { amount: text, reason = null }: z.infer<typeof refundSchema>,
): RefundCommand {
  const amount = text === undefined || text === null ? null : scaledAmount(text, original.currency);
  return refundCommandOf(asked, { originalId: original.transaction_id, walletId: payerOf(original), amount, reason });
}

export function refundCommandOf(
  asked: Asked,
  { walletId, ...refund }: Pick<RefundCommand, 'originalId' | 'walletId' | 'amount' | 'reason'>,
): RefundCommand {
  return { type: 'REFUND', ...refund, walletId, ...asked, requestHash: refundHash(refund) };
}

export function reversalCommand(
  asked: Asked,
  original: TransactionRow,
  { reason }: z.infer<typeof reversalSchema>,
): ReversalCommand {
  return reversalCommandOf(asked, { originalId: original.transaction_id, walletId: payerOf(original), reason });
}

export function reversalCommandOf(
  asked: Asked,
  { walletId, ...reversal }: Pick<ReversalCommand, 'originalId' | 'walletId' | 'reason'>,
): ReversalCommand {
  return { type: 'REVERSAL', ...reversal, walletId, ...asked, requestHash: reversalHash(reversal) };
}

/** The wallet whose owner decides: who was paid pays back. What was withdrawn comes back to where it was. */
export function payerOf({ kind, sender_wallet_id, receiver_wallet_id }: TransactionRow): string {
  return kind === 'WITHDRAWAL' ? sender_wallet_id : receiver_wallet_id;
}
