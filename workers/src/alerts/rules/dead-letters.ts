import { firesAt, type Rule } from './alert-rule.js';

export interface DeadLetterCounts {
  readonly byQueue: Readonly<Record<string, number>>;
}

/** Messages that were given up and neither replayed nor deleted. */
export const deadLetters: Rule<DeadLetterCounts> = ({ byQueue }, terms) => {
  const value = Object.values(byQueue).reduce((sum, count) => sum + count, 0);
  const queues = Object.entries(byQueue)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([queue, n]) => `${queue} (${n})`);
  const says = `${value} message${value === 1 ? ' was' : 's were'} given up: ${queues.join(', ')}`;
  return firesAt(value, terms, says, { byQueue });
};
