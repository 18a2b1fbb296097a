import { type DestinationStream, type Logger, pino } from 'pino';
import { redactedError } from './contract/redacted.js';

/** JSON lines, without passwords. */
export function openLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    ...{ level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    serializers: { err: (error: Error) => redactedError(pino.stdSerializers.err(error)) },
  };
  return destination ? pino(options, destination) : pino(options);
}
