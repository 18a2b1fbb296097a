import type { Command, LimitTerms } from '@smart-wallet/engine/contract/commands.js';
import { approvalKey, statusChangeHash } from '@smart-wallet/engine/contract/request-hash.js';
import { captureCommand, captureSchema, readHold } from '../holds/hold-requests.js';
import { ProblemError, validationFailed } from '../http/problem.js';
import { scaledAmount } from '../http/scaled-amount.js';
import { validated } from '../http/validate.js';
import type { Asked } from '../idempotency/asked.js';
import { limitsCommand, limitsSchema } from '../limits/limit-requests.js';
import { atomicBatchCommand } from '../payments/payment-batch.js';
import { refundCommandOf, reversalCommandOf } from '../refunds/refund-requests.js';
import { readPayment, readWalletTransfer, transferCommand } from '../transfers/transfer-request.js';
import { statusChangeSchema } from '../wallets/wallet-requests.js';
import type { ApprovalRow } from './approval-row.js';
import type { MoneyAction } from './proposal.js';

/**
 * What an approval allows, as the command that does it: read from the payload that was shown, under the one key that there is for it
 * ever, expecting the state that it was judged by. Throws on a payload that is none.
 */
export function approvedCommand(row: ApprovalRow, initiatedAtMs: number): Command {
  return commands[row.action as MoneyAction](row, { ...approvalKey(row.approval_id), initiatedAtMs });
}

type ToCommand = (row: ApprovalRow, asked: Asked) => Command;
// biome-ignore lint/suspicious/noExplicitAny: read with the schemas of requests, field by field
type Fields = any;

const commands: Readonly<Record<MoneyAction, ToCommand>> = {
  PAYMENT: ({ payload }, asked) => transfer(asked, readPayment(payload, false)),
  PAYMENT_BATCH: ({ payload }, asked) => atomicBatchCommand(asked, payload.payments as unknown[], false),
  DEPOSIT: ({ payload }, asked) => walletTransfer('DEPOSIT', payload, asked),
  WITHDRAWAL: ({ payload }, asked) => walletTransfer('WITHDRAWAL', payload, asked),
  HOLD: ({ payload }, asked) => readHold(asked, payload),
  CAPTURE: ({ payload, state }, asked) => {
    const { holdId, currency, amount, final }: Fields = payload;
    return {
      ...captureCommand(asked, { hold_id: holdId, currency }, validated(captureSchema, { amount, final })),
      expectedRemaining: scaledOrZero((state as Fields).remaining, currency),
    };
  },
  REFUND: ({ payload, state }, asked) => {
    const { transactionId, amount, currency, reason, walletId }: Fields = payload;
    return {
      ...refundCommandOf(asked, {
        originalId: transactionId,
        walletId,
        amount: scaledAmount(amount, currency),
        reason,
      }),
      expectedRefunded: scaledOrZero((state as Fields).refunded, currency),
    };
  },
  REVERSAL: ({ payload, state }, asked) => {
    const { transactionId, currency, reason, walletId }: Fields = payload;
    return {
      ...reversalCommandOf(asked, { originalId: transactionId, walletId, reason }),
      expectedRefunded: scaledOrZero((state as Fields).refunded, currency),
    };
  },
  LIMITS_CHANGE: ({ payload, state, requested_by: caller }, asked) => {
    const { walletId, currency, ...limits }: Fields = payload;
    const wallet = { wallet_id: walletId, currency };
    const before = limitsCommand(asked, wallet, validated(limitsSchema, state));
    // Its line in the audit log is the asker's.
    const command = limitsCommand({ ...asked, caller }, wallet, validated(limitsSchema, limits));
    return { ...command, expectedLimits: limitTerms(before) };
  },
  STATUS_CHANGE: ({ payload, requested_by: caller }, asked) => {
    const { walletId, ...fields }: Fields = payload;
    const { status, reason = null } = validated(statusChangeSchema, fields);
    const change = { walletId, status, reason };
    return { type: 'STATUS_CHANGE', ...change, ...asked, caller, requestHash: statusChangeHash(change) };
  },
};

function transfer(
  asked: Asked,
  terms: ReturnType<typeof readPayment> | ReturnType<typeof readWalletTransfer>,
): Command {
  if (Array.isArray(terms)) throw new ProblemError(validationFailed(terms));
  // People are bound to no scope.
  return transferCommand({ subject: asked.caller, scope: null }, asked.idempotencyKey, terms, asked.initiatedAtMs);
}

function walletTransfer(kind: 'DEPOSIT' | 'WITHDRAWAL', payload: Fields, asked: Asked): Command {
  const { walletId, ...body } = payload;
  return transfer(asked, readWalletTransfer(kind, walletId, body, false));
}

function limitTerms({ creditLimit, perPayment, dailyOut, dailyIn }: LimitTerms): LimitTerms {
  return { creditLimit, perPayment, dailyOut, dailyIn };
}

function scaledOrZero(text: string, currency: string): string {
  return /^0(\.0+)?$/.test(text) ? '0' : scaledAmount(text, currency);
}
