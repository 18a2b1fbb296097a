const oldAfterMs = 5_000;

interface Read {
  readonly error: unknown;
  readonly failureReason: unknown;
  readonly dataUpdatedAt: number;
}

/**
 * Why what was read is not as it is now; null: it is. One that failed is asked again: what is old by then is said before the
 * last try has failed.
 */
export function staleFault({ error, failureReason, dataUpdatedAt }: Read, nowMs = Date.now()): unknown {
  return error ?? (nowMs - dataUpdatedAt > oldAfterMs ? failureReason : null);
}
