import type { Severity } from '../../../ui/severity.js';
import type { Finding } from './verdict.js';

/** How long a worse verdict stays after its cause is gone: what flashes by cannot be read across a room. */
export const settleMs = 3_000;

export interface Settled {
  shown: Finding;
  /** When something as bad as what is shown was last found. */
  foundAtMs: number;
}

const badness: Record<Severity, number> = { good: 0, unknown: 1, warning: 2, critical: 3 };

/**
 * What to show now that `found` holds. Worse things, and losing sight of everything, show at once; milder ones once the
 * worse has been gone for `settleMs`.
 */
export function settle(before: Settled | null, found: Finding, nowMs: number): Settled {
  if (!before || found.severity === 'unknown' || badness[found.severity] >= badness[before.shown.severity]) {
    return { shown: found, foundAtMs: nowMs };
  }
  if (before.shown.severity !== 'unknown' && nowMs - before.foundAtMs < settleMs) return before;
  return { shown: found, foundAtMs: nowMs };
}
