/** RFC 3339, in milliseconds, of a timestamp in UTC as Postgres prints it: `2026-11-26 20:58:04.12`. No Date is made of it. */
export function isoTime(text: string): string {
  const fraction = text.length > 20 ? text.slice(20, 23).padEnd(3, '0') : '000';
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
}
