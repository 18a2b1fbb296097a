const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** `12,345` */
export function countText(count: number): string {
  return grouped.format(count);
}

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 0 });

/** A count for a small place: exact up to four digits, `12K` beyond. */
export function shortCount(count: number): string {
  return count < 10_000 ? grouped.format(count) : compact.format(count);
}

/** `1 payment`, `12 payments` */
export function plural(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A rate: one decimal below ten, where it matters. */
export function rateText(perSecond: number): string {
  return perSecond > 0 && perSecond < 9.95 ? oneDecimal.format(perSecond) : grouped.format(perSecond);
}

/** Share of successes in per cent, two decimals, rounded down: `100` only when nothing failed. */
export function successText(succeeded: number, failed: number): string {
  if (failed === 0) return '100';
  return (Math.floor((succeeded * 10_000) / (succeeded + failed)) / 100).toFixed(2);
}

/** Share of failures in per cent, one decimal, rounded up: never `0.0` when something failed. */
export function failedText(succeeded: number, failed: number): string {
  const percent = Math.ceil((failed * 1_000) / (succeeded + failed)) / 10;
  return percent === 100 ? '100' : percent.toFixed(1);
}

/** A percentage from configuration, without the noise of floating point: `0.5`. */
export function percentText(percent: number): string {
  return String(Number(percent.toFixed(4)));
}

/** A length of time with its unit: `340 ms`, `3.4 s`, `12 s`, `4 min`, `2 h 5 min`. */
export function durationText(ms: number): string {
  return durationParts(ms).join(' ');
}

/** The same as figure and unit, for those that are set in different sizes. */
export function durationParts(ms: number): [figure: string, unit: string] {
  const whole = Math.max(0, Math.ceil(ms));
  if (whole < 1_000) return [String(whole), 'ms'];
  if (ms < 9_950) return [oneDecimal.format(ms / 1_000), 's'];
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return [String(seconds), 's'];
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return [String(minutes), 'min'];
  return minutes % 60 === 0
    ? [String(Math.floor(minutes / 60)), 'h']
    : [`${Math.floor(minutes / 60)} h ${minutes % 60}`, 'min'];
}

/** Whole seconds, rounded down: an age that is counted while something stands still. */
export function ageText(ms: number): string {
  return ms < 60_000 ? `${Math.max(0, Math.floor(ms / 1_000))} s` : durationText(ms);
}

/** An age for a small place, rounded down: `45 s`, `12 m`, `5 h`, `3 d`. */
export function shortAge(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return ageText(ms);
  if (minutes < 60) return `${minutes} m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** `14:03:20`, UTC. */
export function utcTime(unixMs: number): string {
  return new Date(unixMs).toISOString().slice(11, 19);
}

/** An id that is too long to read, shortened in the middle. */
export function shortId(id: string): string {
  return id.length > 13 ? `${id.slice(0, 6)}\u2026${id.slice(-4)}` : id;
}
