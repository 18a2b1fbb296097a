import { disconnectedAfterMs, engineStaleAfterMs, ledgerStaleAfterMs } from '../verdict/verdict.js';
import type { BoardView } from './board-store.js';

export type Freshness =
  | { state: 'loading' }
  | { state: 'failed'; reason: string }
  | { state: 'stale'; ageMs: number }
  | { state: 'live' };

type Ages = Pick<BoardView, 'frameAgeMs' | 'ledgerMs' | 'engineMs' | 'tryingForMs' | 'trouble'>;

/** How fresh the figures are that come from the ledger. */
export function ledgerFreshness(view: Ages): Freshness {
  return freshness(view, view.ledgerMs, ledgerStaleAfterMs);
}

/** How fresh is what the engines say of themselves. */
export function engineFreshness(view: Ages): Freshness {
  return freshness(view, view.engineMs, engineStaleAfterMs);
}

/** How fresh is what the gateway itself tells. */
export function frameFreshness(view: Ages): Freshness {
  return freshness(view, view.frameAgeMs, disconnectedAfterMs);
}

function freshness(view: Ages, ageMs: number | null, staleAfterMs: number): Freshness {
  if (view.frameAgeMs === null) {
    if (view.tryingForMs < disconnectedAfterMs) return { state: 'loading' };
    const { url, reason } = view.trouble ?? { url: 'The gateway', reason: 'did not answer' };
    return { state: 'failed', reason: `${url}: ${reason}. Trying again.` };
  }
  if (view.frameAgeMs >= disconnectedAfterMs) return { state: 'stale', ageMs: view.frameAgeMs };
  if (ageMs === null) return { state: 'loading' };
  return ageMs < staleAfterMs ? { state: 'live' } : { state: 'stale', ageMs };
}
