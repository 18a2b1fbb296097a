const waitMs = { first: 15_000, max: 3_600_000 } as const;
/** Those that failed together do not come back together. */
const jitter = 0.2;

/** Before a mail that the server did not take is tried again. @param attempts those that failed, one at least */
export function retryWaitMs(attempts: number, random: () => number = Math.random): number {
  const wait = Math.min(waitMs.max, waitMs.first * 2 ** (attempts - 1));
  return Math.round(wait * (1 - jitter + 2 * jitter * random()));
}
