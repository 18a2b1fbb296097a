import { firesAt, type Rule } from './alert-rule.js';

export interface EvaluatorBeat {
  /** Since the evaluation before this one; null: this is the first. */
  readonly silentS: number | null;
  readonly everyS: number;
}

/** Said by the gateways while it lasts; by the next evaluator, whose first look this is, when it is over. */
export const evaluatorSilent: Rule<EvaluatorBeat> = ({ silentS, everyS }, terms) => {
  const value = Math.floor(silentS ?? 0);
  if (value < 2 * everyS) return [];
  return firesAt(value, terms, `nobody judged alerts for ${value} s`, { seconds: value });
};
