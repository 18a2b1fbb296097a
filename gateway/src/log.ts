import { redactedError } from '@smart-wallet/engine/contract/redacted.js';
import { type Logger, pino } from 'pino';
import { isoTime } from './iso-time.js';

const bufferBytes = 8_192;
const flushEveryMs = 200;

/** JSON lines on standard output, written in blocks: a write call a line would cost more than the line. */
export function openLog(level: string): Logger {
  const destination = pino.destination({ fd: 1, sync: false, minLength: bufferBytes });
  const log = pino(
    {
      ...{ level, base: { program: 'gateway' }, timestamp: () => `,"time":"${isoTime(Date.now())}"` },
      serializers: { err: (error: Error) => redactedError(pino.stdSerializers.err(error)) },
    },
    destination,
  );
  setInterval(() => destination.flush(), flushEveryMs).unref();
  process.on('exit', () => destination.flushSync());
  return log;
}
