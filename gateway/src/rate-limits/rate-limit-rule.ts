import type { RateLimitGroup } from '../http/rate-limit-group.js';

/** So many points in each window of so many seconds. */
export interface RateLimitRule {
  readonly points: number;
  readonly periodSeconds: number;
}

/** Null: off. */
export type RateLimitRules = Readonly<Record<RateLimitGroup | 'bad-tokens', RateLimitRule | null>>;

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

/** `100/60s`, `5000/1m`, or `off`, in the form that `environment.json` allows. */
export function readRateLimitRule(text: string): RateLimitRule | null {
  if (text === 'off') return null;
  const [points, period = ''] = text.split('/');
  return {
    points: Number(points),
    periodSeconds: Number(period.slice(0, -1)) * (secondsOf[period.slice(-1)] as number),
  };
}

/** What a gateway takes at once, so that a payment does not pay for a round trip. */
export function blockOf({ points }: RateLimitRule): number {
  return Math.max(1, Math.floor(points / 100));
}
