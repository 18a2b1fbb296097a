// @ts-check

/**
 * The longest time without an answered payment that ended after `from`: what callers saw of a failover.
 * @param {readonly number[]} answeredAt milliseconds, of one clock
 * @param {number} from
 * @returns {{ seconds: number, resumedAt: number }} `resumedAt`: when it ended
 */
export function longestGap(answeredAt, from) {
  const sorted = [...answeredAt].sort((a, b) => a - b);
  let longest = { seconds: 0, resumedAt: from };
  for (const [i, at] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before === undefined || at < from) continue;
    const seconds = (at - before) / 1_000;
    if (seconds > longest.seconds) longest = { seconds, resumedAt: at };
  }
  return longest;
}
