import type { LimitTerms } from '../../contract/commands.js';
import { type HoldState, remainingOf } from '../hold-state.js';
import type { Original } from '../original.js';
import type { Rejection } from './refusal.js';

/*
 * What somebody approved, or was let do alone, was judged by the state of then. Only the owner knows whether it still is so when it is
 * committed: it decides one after the other.
 */

export function remainingStale(hold: HoldState, expected: string | undefined): Rejection | undefined {
  if (expected === undefined || BigInt(expected) === remainingOf(hold)) return undefined;
  return stale(`What remains of hold ${hold.holdId} has changed.`);
}

export function refundedStale(original: Original, expected: string | undefined): Rejection | undefined {
  if (expected === undefined || BigInt(expected) === original.refunded) return undefined;
  return stale(`What was paid back of transaction ${original.transactionId} has changed.`);
}

export function limitsStale(
  walletId: string,
  limits: LimitTerms,
  expected: LimitTerms | undefined,
): Rejection | undefined {
  if (expected === undefined || limitNames.every((name) => limits[name] === expected[name])) return undefined;
  return stale(`The limits of wallet ${walletId} have changed.`);
}

const limitNames = [
  'creditLimit',
  'perPayment',
  'dailyOut',
  'dailyIn',
] as const satisfies readonly (keyof LimitTerms)[];

function stale(reason: string): Rejection {
  return { type: 'REJECTED', code: 'APPROVAL_STALE', reason };
}
