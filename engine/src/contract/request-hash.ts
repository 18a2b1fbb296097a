import type { CaptureCommand, KeyedCommand, LimitsChangeCommand, RefundCommand, ReversalCommand } from './commands.js';
import { type Digest, keyDigest, shortDigest } from './digest.js';
import type { TransferTerms } from './transfer-terms.js';
import type { WalletStatus } from './wallet.js';

/** Of the commands that an owner makes itself. No token can name it. */
const platformCaller = '\u0001platform';

/** A hold expires once, whoever owns it: there is one key for it, ever. */
export function expiryKey(holdId: string): Omit<KeyedCommand, 'initiatedAtMs'> {
  const idempotencyKey = `expiry ${holdId}`;
  const requestHash = shortDigest(JSON.stringify(['EXPIRY', holdId]));
  return { caller: platformCaller, idempotencyKey, keyDigest: keyDigest(platformCaller, idempotencyKey), requestHash };
}

/** Under it runs what an approval allows: so it happens at most once, whoever sends it and however often. */
export function approvalKey(approvalId: string): Pick<KeyedCommand, 'caller' | 'idempotencyKey' | 'keyDigest'> {
  const idempotencyKey = `approval ${approvalId}`;
  return { caller: platformCaller, idempotencyKey, keyDigest: keyDigest(platformCaller, idempotencyKey) };
}

/** What makes two changes of status the same: SHA-256 over a JSON array of what is asked for, cut to 16 bytes. */
export function statusChangeHash(change: { walletId: string; status: WalletStatus; reason: string | null }): Digest {
  return shortDigest(JSON.stringify(['STATUS_CHANGE', change.walletId, change.status, change.reason]));
}

/** As `statusChangeHash`; what is not named stays as it is. */
export function walletChangeHash(change: {
  walletId: string;
  userId?: string | null | undefined;
  metadata?: string | null | undefined;
}): Digest {
  const { walletId, userId, metadata } = change;
  const named = [
    ...(userId === undefined ? [] : [['userId', userId]]),
    ...(metadata === undefined ? [] : [['metadata', metadata]]),
  ];
  return shortDigest(JSON.stringify(['WALLET_CHANGE', walletId, ...named]));
}

/** As `requestHash`; the end that the caller asked for counts, not the one that it was given. */
export function holdHash(terms: TransferTerms<'HOLD'>, expiresAtMs: number | null): Digest {
  return shortDigest(JSON.stringify([requestText(terms), expiresAtMs]));
}

export function captureHash({ holdId, amount, final }: Pick<CaptureCommand, 'holdId' | 'amount' | 'final'>): Digest {
  return shortDigest(JSON.stringify(['CAPTURE', holdId, amount, final]));
}

export function voidHash(holdId: string): Digest {
  return shortDigest(JSON.stringify(['VOID', holdId]));
}

export function refundHash({
  originalId,
  amount,
  reason,
}: Pick<RefundCommand, 'originalId' | 'amount' | 'reason'>): Digest {
  return shortDigest(JSON.stringify(['REFUND', originalId, amount, reason]));
}

export function reversalHash({ originalId, reason }: Pick<ReversalCommand, 'originalId' | 'reason'>): Digest {
  return shortDigest(JSON.stringify(['REVERSAL', originalId, reason]));
}

export function limitsHash(change: Omit<LimitsChangeCommand, 'type' | keyof KeyedCommand>): Digest {
  const { walletId, creditLimit, perPayment, dailyOut, dailyIn } = change;
  return shortDigest(JSON.stringify(['LIMITS_CHANGE', walletId, creditLimit, perPayment, dailyOut, dailyIn]));
}

/**
 * What makes two requests "the same": SHA-256 over the JSON array of the terms in the order of `TransferTerms`, cut to 16
 * bytes. Fields that came later follow as `[name, value]`, and only when they are there.
 */
export function requestHash(terms: TransferTerms): Digest {
  return shortDigest(requestText(terms));
}

/** The hash that every payment of an atomic batch carries: over all of them, in order. */
export function atomicRequestHash(payments: readonly TransferTerms[]): Digest {
  return shortDigest(`[${payments.map(requestText).join(',')}]`);
}

function requestText(terms: TransferTerms): string {
  const { kind, senderWalletId, receiverWalletId, amount, currency, reference, description, metadata } = terms;
  const fields: unknown[] = [
    kind,
    senderWalletId,
    receiverWalletId,
    amount,
    currency,
    reference,
    description,
    metadata,
  ];
  if (terms.parentTransactionId !== undefined) fields.push(['parentTransactionId', terms.parentTransactionId]);
  if (terms.effectiveAtMs !== undefined) fields.push(['effectiveAt', terms.effectiveAtMs]);
  return JSON.stringify(fields);
}
