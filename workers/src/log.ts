import { redactedError } from '@smart-wallet/engine/contract/redacted.js';
import { type Logger, pino } from 'pino';

export function openLog(level: string): Logger {
  return pino({
    ...{ level, base: { program: 'workers' }, timestamp: pino.stdTimeFunctions.isoTime },
    serializers: { err: (error: Error) => redactedError(pino.stdSerializers.err(error)) },
  });
}
