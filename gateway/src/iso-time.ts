const times = new Map<number, string>();
const timesMax = 64;

/** ISO 8601 with milliseconds. Transactions of one batch and log lines of one tick share their times, so the last few are kept. */
export function isoTime(ms: number): string {
  let text = times.get(ms);
  if (text === undefined) {
    text = new Date(ms).toISOString();
    if (times.size >= timesMax) times.clear();
    times.set(ms, text);
  }
  return text;
}
