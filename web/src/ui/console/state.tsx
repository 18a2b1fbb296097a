import type { Severity } from '../severity.js';
import { Shape } from '../shape.js';

/** What each state of a thing means to whoever looks for what is wrong. */
const meaning: Readonly<Record<string, Severity | 'plain'>> = {
  FAILED: 'critical',
  CRITICAL: 'critical',
  BREAKS: 'critical',
  SUSPENDED: 'warning',
  WARNING: 'warning',
  PENDING: 'warning',
  SENT: 'warning',
  STALE: 'warning',
  EXPIRED: 'warning',
  PAUSED: 'warning',
  DISABLED: 'warning',
  CLEAN: 'good',
  ALL_QUIET: 'good',
};

/** A state in words; the shape of its meaning stands before it where it is not as it should be. */
export function State({ state }: { state: string }) {
  const severity = meaning[state] ?? 'plain';
  return (
    <span className={`state state-${severity}`}>
      {severity !== 'plain' && <Shape severity={severity} />}
      {stateWords(state)}
    </span>
  );
}

/** `NOT_DONE` is `Not done`. */
export function stateWords(state: string): string {
  const words = state.replaceAll('_', ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
