const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** After the first failure, the second …: 75 hours in all, and ten tries. */
export const waitsMs: readonly number[] = [
  5 * second,
  5 * minute,
  30 * minute,
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * hour),
];
/** Of each wait: what failed together does not come back together. */
const jitter = 0.2;
/** Nobody is made to wait for longer by an answer's Retry-After. */
export const retryAfterMaxMs = 24 * hour;

/** Before the next try, after so many failures; null: there is none. What the endpoint asked for is granted, within bounds. */
export function retryWaitMs(failures: number, retryAfterMs: number | null, random = Math.random): number | null {
  const wait = waitsMs[failures - 1];
  if (wait === undefined) return null;
  const jittered = wait * (1 + jitter * random());
  return Math.round(Math.max(jittered, Math.min(retryAfterMs ?? 0, retryAfterMaxMs)));
}

/** Seconds, or a date. Null: it is neither. */
export function retryAfterOf(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,10}$/.test(header)) return Number(header) * second;
  // Dates of HTTP name the day: whatever else Date takes for one is not meant.
  if (!/^[A-Za-z]{3,9}, /.test(header)) return null;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
