import { type Logger, pino } from 'pino';

export function openLog(level: string): Logger {
  return pino({ level, base: { program: 'workers' }, timestamp: pino.stdTimeFunctions.isoTime });
}
