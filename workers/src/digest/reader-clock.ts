/** What a clock on the reader's wall says, in plain English. */
function parts(timeZone: string, at: Date, options: Intl.DateTimeFormatOptions): Record<string, string> {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', ...options });
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}

/** `2026-11-25` */
export function dateIn(timeZone: string, at: Date): string {
  const { year, month, day } = parts(timeZone, at, { year: 'numeric', month: '2-digit', day: '2-digit' });
  return `${year}-${month}-${day}`;
}

/** `25 Nov 2026 23:56` */
export function momentIn(timeZone: string, at: Date): string {
  const { day, month, year } = parts(timeZone, at, { day: 'numeric', month: 'short', year: 'numeric' });
  return `${day} ${month} ${year} ${timeIn(timeZone, at)}`;
}

/** `23:56` */
export function timeIn(timeZone: string, at: Date): string {
  const { hour, minute } = parts(timeZone, at, { hour: '2-digit', minute: '2-digit' });
  return `${hour}:${minute}`;
}

/** `Wed 25` */
export function weekdayIn(timeZone: string, at: Date): string {
  const { weekday, day } = parts(timeZone, at, { weekday: 'short', day: 'numeric' });
  return `${weekday} ${day}`;
}

/** `Wednesday 25 November 2026`, of a date. */
export function dayInWords(date: string): string {
  const { weekday, day, month, year } = parts('UTC', new Date(`${date}T00:00:00Z`), {
    ...{ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  });
  return `${weekday} ${day} ${month} ${year}`;
}
