/** What a rule is judged by, of the configuration of its type. */
export interface RuleTerms {
  /** In the unit of the type. */
  readonly threshold: number;
  readonly windowMinutes: number;
  /** Fewer say nothing. */
  readonly minimumSample: number;
}

/** Something that fires: its value has reached the threshold. */
export interface Fires {
  /** What it is about. */
  readonly subject: string;
  readonly value: number;
  /** The figure in words, with what it is measured by; the threshold is said after it. */
  readonly says: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Pure: facts in, what fires out. What is not told does not fire. */
export type Rule<Facts> = (facts: Facts, terms: RuleTerms) => Fires[];

/** What is not about a part of the platform. */
export const wholePlatform = 'platform';

/** At most so many subjects of one type are open at once: the worst ones. */
export const subjectsMax = 20;

/** Two decimals at most, without those that say nothing. */
export function plainNumber(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** A figure over everything, if it reaches the threshold. */
export function firesAt(value: number, { threshold }: RuleTerms, says: string, details: Fires['details']): Fires[] {
  return value >= threshold ? [{ subject: wholePlatform, value, says, details }] : [];
}
