import type { Outcome } from '@smart-wallet/client';

/** Of a deletion: what is not there any more is deleted, by an earlier try or by somebody else. */
export function goneIsDone<Made>(outcome: Outcome<Made>, made: Made): Outcome<Made> {
  if (outcome.kind !== 'REFUSED' || outcome.problem.status !== 404) return outcome;
  return { kind: 'DONE', key: outcome.key, value: made, replayed: true };
}
