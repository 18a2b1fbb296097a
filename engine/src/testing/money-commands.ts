import { v7 as uuidv7 } from 'uuid';
import type {
  CaptureCommand,
  HoldCommand,
  LimitsChangeCommand,
  RefundCommand,
  ReversalCommand,
  VoidCommand,
} from '../contract/commands.js';
import { keyDigest } from '../contract/digest.js';
import { captureHash, holdHash, limitsHash, refundHash, reversalHash, voidHash } from '../contract/request-hash.js';

/* Commands as gateways make them, each under a key of its own. Amounts are ten-thousandths. */

function asked(idempotencyKey = uuidv7()) {
  return { caller: 'test', idempotencyKey, keyDigest: keyDigest('test', idempotencyKey), initiatedAtMs: Date.now() };
}

export function hold(
  senderWalletId: string,
  receiverWalletId: string,
  amount: bigint,
  expiresAtMs: number | null = null,
): HoldCommand {
  const terms = {
    ...{ kind: 'HOLD' as const, senderWalletId, receiverWalletId, amount: amount.toString(), currency: 'EUR' },
    ...{ reference: null, description: null, metadata: null },
  };
  return { type: 'HOLD', ...terms, expiresAtMs, ...asked(), requestHash: holdHash(terms, expiresAtMs) };
}

export function capture(holdId: string, amount: bigint | null = null, final = false): CaptureCommand {
  const what = { holdId, amount: amount === null ? null : amount.toString(), final };
  return { type: 'CAPTURE', ...what, ...asked(), requestHash: captureHash(what) };
}

export function voidHold(holdId: string): VoidCommand {
  return { type: 'VOID', holdId, ...asked(), requestHash: voidHash(holdId) };
}

/** @param walletId the original's receiver */
export function refund(originalId: string, walletId: string, amount: bigint | null = null): RefundCommand {
  const what = { originalId, amount: amount === null ? null : amount.toString(), reason: null };
  return { type: 'REFUND', walletId, ...what, ...asked(), requestHash: refundHash(what) };
}

/** @param walletId the original's receiver */
export function reversal(originalId: string, walletId: string): ReversalCommand {
  const what = { originalId, reason: 'test' };
  return { type: 'REVERSAL', walletId, ...what, ...asked(), requestHash: reversalHash(what) };
}

export function limitsChange(
  walletId: string,
  changes: Partial<Pick<LimitsChangeCommand, 'creditLimit' | 'perPayment' | 'dailyOut' | 'dailyIn'>>,
): LimitsChangeCommand {
  const limits = { walletId, creditLimit: '0', perPayment: null, dailyOut: null, dailyIn: null, ...changes };
  return { type: 'LIMITS_CHANGE', ...limits, ...asked(), requestHash: limitsHash(limits) };
}
