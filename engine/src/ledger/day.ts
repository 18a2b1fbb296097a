/** Of the UTC day, whole days since 1970-01-01: what a daily limit counts by. */
export function utcDay(ms: number): number {
  return Math.floor(ms / 86_400_000);
}
