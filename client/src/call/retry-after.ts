/**
 * How long an answer asks to wait: `Retry-After` in seconds, or as a date, which is read against the answer's own `Date`, so
 * that a wrong clock here does not count. 0: it does not say.
 */
export function retryAfterMs(headers: Headers, nowMs: number = Date.now()): number {
  const text = headers.get('retry-after')?.trim();
  if (!text) return 0;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) return 0;
  return Math.max(atMs - answeredAtMs(headers, nowMs), 0);
}

/** When it was answered, by the clock of who answered, to the second. */
export function answeredAtMs(headers: Headers, nowMs: number = Date.now()): number {
  const atMs = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(atMs) ? nowMs : atMs;
}
