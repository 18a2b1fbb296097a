import { firesAt, type Rule } from './alert-rule.js';
import type { GatewayCounts } from './system-errors.js';

/** Requests that came again with a key that was answered before. */
export const repeatedDuplicates: Rule<GatewayCounts> = ({ requests, replays }, terms) => {
  const says = `${replays} requests came again under a key that was answered before, in ${terms.windowMinutes} min`;
  return firesAt(replays, terms, says, { requests, replays });
};
