import { type Rule, subjectsMax } from './alert-rule.js';

export interface LostQueues {
  /** Without the platform's prefix, each with how often it was lost in the window. */
  readonly byQueue: Readonly<Record<string, number>>;
}

/** A queue that was there was gone, and is made anew: what lay in it is lost. One alert a queue: each has another part behind it. */
export const queueLost: Rule<LostQueues> = ({ byQueue }, { threshold, windowMinutes }) =>
  Object.entries(byQueue)
    .filter(([, times]) => times >= threshold)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, subjectsMax)
    .map(([queue, times]) => ({
      ...{ subject: queue, value: times },
      says: `the queue ${queue} was gone ${times === 1 ? 'once' : `${times} times`} in ${windowMinutes} min and was made again: what lay in it is lost`,
      details: { queue, times },
    }));
