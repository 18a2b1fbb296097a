// @ts-check

export const WARN_LEVEL = 40;
export const ERROR_LEVEL = 50;
const LEVEL_NAMES = /** @type {Record<number, string>} */ ({
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
});
/** What tells one line from another of the same message; the log file has the rest. */
const TELLING_FIELDS = ['route', 'status', 'code', 'transactionId', 'partition'];

/**
 * One line of a program's JSON log.
 * @param {string} line
 * @returns {{ level: number, time: string, message: string, route: unknown } | null} null when it is not one
 */
export function parseLogLine(line) {
  if (!line.startsWith('{')) return null;
  try {
    const record = JSON.parse(line);
    if (typeof record.level !== 'number') return null;
    const fields = TELLING_FIELDS.filter((name) => record[name] !== undefined && record[name] !== '').map(
      (name) => `${name} ${record[name]}`,
    );
    const text = [record.msg, record.err?.message].filter(Boolean).join(': ');
    return {
      level: record.level,
      route: record.route,
      time: String(record.time ?? '').replace(/^.*T|Z$/g, ''),
      message: fields.length > 0 ? `${text} (${fields.join(', ')})` : text,
    };
  } catch {
    return null;
  }
}

/**
 * A log as text: time, level and message of its JSON lines; other lines as they are.
 * @param {string} log
 */
export function readableLog(log) {
  return log
    .split('\n')
    .map((line) => {
      const parsed = parseLogLine(line);
      if (!parsed) return line;
      return `${parsed.time} ${(LEVEL_NAMES[parsed.level] ?? String(parsed.level)).padEnd(5)} ${parsed.message}`;
    })
    .join('\n');
}
