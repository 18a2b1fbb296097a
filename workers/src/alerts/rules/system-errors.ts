import { firesAt, type Rule } from './alert-rule.js';

export interface GatewayCounts {
  readonly requests: number;
  readonly replays: number;
  /** 5xx. */
  readonly errors: number;
  /** 503: certainly not done. */
  readonly notDone: number;
  /** 504: nobody knows. */
  readonly outcomeUnknown: number;
}

/** Answers of 5xx in the window, by all gateways. */
export const systemErrors: Rule<GatewayCounts> = ({ requests, errors, notDone, outcomeUnknown }, terms) => {
  const says =
    `gateways answered ${errors} of ${requests} requests with 5xx in ${terms.windowMinutes} min: ` +
    `${notDone} were not done (503), of ${outcomeUnknown} the outcome is unknown (504)`;
  return firesAt(errors, terms, says, { requests, errors, notDone, outcomeUnknown });
};
