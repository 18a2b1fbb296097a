import type { HoldStatus } from '../../contract/hold-status.js';
import { utcDay } from '../day.js';
import type { FundsReleased } from '../events.js';
import { type HoldState, remainingOf } from '../hold-state.js';
import { type Refusal, refused } from './refusal.js';

export interface HoldEnd {
  readonly type: 'HOLD_ENDED';
  readonly hold: HoldState;
  readonly released: FundsReleased;
}

/** From `expiresAt` on a hold is nobody's any more: only its expiry may still end it. */
export function notOpenRule({ holdId, status, expiresAtMs }: HoldState, nowMs: number): Refusal | undefined {
  if (status === 'EXPIRED' || (status === 'OPEN' && nowMs >= expiresAtMs)) {
    const reason = `Hold ${holdId} expired at ${new Date(expiresAtMs).toISOString()}.`;
    return refused('HOLD_EXPIRED', reason, holdId);
  }
  if (status === 'OPEN') return undefined;
  return refused('HOLD_NOT_OPEN', `Hold ${holdId} is ${status}.`, holdId);
}

/** May the hold be given up? Whatever the status of its wallets. */
export function decideVoid(hold: HoldState, nowMs: number): HoldEnd | Refusal {
  return notOpenRule(hold, nowMs) ?? ended(hold, 'VOIDED', nowMs);
}

/** Is the hold's time over? undefined: it is not, or the hold ended otherwise. */
export function decideExpiry(hold: HoldState, nowMs: number): HoldEnd | undefined {
  return hold.status === 'OPEN' && nowMs >= hold.expiresAtMs ? ended(hold, 'EXPIRED', nowMs) : undefined;
}

function ended(hold: HoldState, status: HoldStatus, nowMs: number): HoldEnd {
  const amount = remainingOf(hold);
  const day = utcDay(nowMs);
  return {
    type: 'HOLD_ENDED',
    hold: { ...hold, status },
    released: {
      type: 'FUNDS_RELEASED',
      walletId: hold.walletId,
      amount,
      day,
      countedOut: hold.day === day ? -amount : 0n,
    },
  };
}
