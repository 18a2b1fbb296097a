import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** Nest's own lines as structured ones; its notes on each route are detail. */
export function nestLogger(log: Logger): LoggerService {
  const at =
    (level: 'debug' | 'warn' | 'error' | 'fatal') =>
    (message: unknown, ...rest: unknown[]) => {
      if (message instanceof Error) log[level]({ err: message });
      else log[level]({ context: rest.at(-1) }, String(message));
    };
  return {
    log: at('debug'),
    debug: at('debug'),
    verbose: at('debug'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
}
