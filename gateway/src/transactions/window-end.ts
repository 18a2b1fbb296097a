import type { Scope } from '../storage/whose.js';

/**
 * Where the next page goes on behind a window, as a reader may be told: the row there may be another's, and its id is nobody else's
 * business. So who is bound to a scope goes on at the beginning of the next millisecond, the first 48 bits of an id, and looks at the
 * rest of the last one again. A window of a single millisecond says its end, or there would be no next page.
 */
export function endToTell(scope: Scope, last: string, cursor: string | undefined): string {
  if (scope === null) return last;
  const next = (BigInt(`0x${last.replaceAll('-', '').slice(0, 12)}`) + 1n).toString(16).padStart(12, '0');
  const told = `${next.slice(0, 8)}-${next.slice(8)}-0000-0000-000000000000`;
  return cursor === undefined || told < cursor ? told : last;
}
