import { firesAt, type Rule } from './alert-rule.js';

export interface RelayPlace {
  /** Age of the oldest batch that is not published; 0: all are. */
  readonly oldestUnpublishedS: number;
}

export const relayLag: Rule<RelayPlace> = ({ oldestUnpublishedS }, terms) => {
  const value = Math.floor(oldestUnpublishedS);
  return firesAt(value, terms, `what was committed ${value} s ago is not published yet`, { seconds: value });
};
