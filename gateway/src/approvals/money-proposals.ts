import type { AtomicBatchCommand, HoldCommand, TransferCommand } from '@smart-wallet/engine/contract/commands.js';
import type { PaymentTerms } from '@smart-wallet/engine/contract/transfer-terms.js';
import { operators } from '../http/access.js';
import { isoTime } from '../iso-time.js';
import { paymentPayload, termsPayload } from './payloads.js';
import type { Proposal } from './proposal.js';

/* What moves money, as somebody is asked to approve it. Nothing of it rests on a state: what is there then is the owner's to look at. */

const noState = { state: {}, askerRoles: operators };

export function transferProposal(command: TransferCommand): Proposal {
  const { kind, description: reason } = command;
  if (kind === 'PAYMENT') {
    const subject = command.senderWalletId as string;
    return { action: kind, subject, payload: paymentPayload(command), reason, ...noState };
  }
  const walletId = (kind === 'DEPOSIT' ? command.receiverWalletId : command.senderWalletId) as string;
  return { action: kind, subject: walletId, payload: { walletId, ...termsPayload(command) }, reason, ...noState };
}

export function batchProposal({ payments }: AtomicBatchCommand): Proposal {
  const subject = (payments[0] as PaymentTerms).senderWalletId;
  return {
    action: 'PAYMENT_BATCH',
    subject,
    payload: { payments: payments.map(paymentPayload) },
    reason: null,
    ...noState,
  };
}

export function holdProposal(command: HoldCommand): Proposal {
  const { senderWalletId: walletId, receiverWalletId, expiresAtMs, description: reason } = command;
  const expiresAt = expiresAtMs === null ? null : isoTime(expiresAtMs);
  const payload = { walletId, receiverWalletId, ...termsPayload(command), expiresAt };
  return { action: 'HOLD', subject: walletId, payload, reason, ...noState };
}

/** The sum of each currency: one payment that is split into many is still one. */
export function sumsOf(payments: readonly PaymentTerms[]): bigint[] {
  const sums = new Map<string, bigint>();
  for (const { currency, amount } of payments) sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(amount));
  return [...sums.values()];
}
