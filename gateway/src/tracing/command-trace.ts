import type { Span } from '@opentelemetry/api';

/** On a command, or what one is made of by spread: never sent, as JSON knows no symbols. */
const spanOf: unique symbol = Symbol('span of the request that asked for it');

interface Traced {
  [spanOf]?: Span;
}

/** The command's way is traced with the request that asked for it. */
export function traceWith<T extends object>(command: T, span: Span | null): T {
  if (span !== null) (command as Traced)[spanOf] = span;
  return command;
}

/** null: it is not traced, as nearly all are. */
export function requestSpanOf(command: object): Span | null {
  return (command as Traced)[spanOf] ?? null;
}
