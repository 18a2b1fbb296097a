const levels = { info: 30, warn: 40, error: 50 } as const;

/** A line of JSON on standard output, in the form of the platform's other programs. */
export function log(level: keyof typeof levels, msg: string, fields: Record<string, unknown> = {}): void {
  const time = new Date().toISOString();
  process.stdout.write(`${JSON.stringify({ level: levels[level], time, program: 'demo', ...fields, msg })}\n`);
}
