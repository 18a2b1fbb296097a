import { ROOT_CONTEXT, type Span, SpanKind, TraceFlags, type Tracer, trace } from '@opentelemetry/api';
import type { Command } from '@smart-wallet/engine/contract/commands.js';
import type { FastifyRequest } from 'fastify';
import type { EngineResult } from '../engine-client/call.js';
import '../http/request-context.js';
import { requestSpanOf } from './command-trace.js';

/** Ids of the spans that are begun next, and whatever else ends with the tracing. */
export interface TracerParts {
  readonly tracer: Tracer;
  /** The id of the trace that the next span without a parent begins. */
  nextTraceId: string;
  /** Sends what is left, for a moment at most. */
  stop(): Promise<void>;
}

/** The way of a few requests, written down: whoever sent one says whether it is traced, else chance does, by its trace id. */
export class Traces {
  readonly #parts: TracerParts;
  readonly #sampledBelow: number;

  /** @param ratio of the requests that nobody decided about, 0 to 1 */
  constructor(parts: TracerParts, ratio: number) {
    this.#parts = parts;
    this.#sampledBelow = ratio * 0x1_0000_0000;
  }

  /** null: not traced. `traceId` is what the answer says, and the trace's own. */
  requestBegins({ traceId, headers, method, routeOptions }: FastifyRequest): Span | null {
    const parent = parentOf(headers.traceparent, traceId);
    if (parent ? !isSampled(parent) : !this.#isChosen(traceId)) return null;
    this.#parts.nextTraceId = traceId;
    const within = parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true }) : ROOT_CONTEXT;
    const route = routeOptions.url ?? '';
    const attributes = { 'http.request.method': method, 'http.route': route };
    return this.#parts.tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, within);
  }

  /** From the engine client's taking it to its answer. null: not traced. */
  commandLeaves(command: Command, partition: number): Span | null {
    const request = requestSpanOf(command);
    if (request === null) return null;
    const attributes = { 'messaging.system': 'nats', 'wallet.partition': partition, 'wallet.command': command.type };
    return this.#parts.tracer.startSpan(
      `send ${command.type}`,
      { kind: SpanKind.CLIENT, attributes },
      trace.setSpan(ROOT_CONTEXT, request),
    );
  }

  stop(): Promise<void> {
    return this.#parts.stop();
  }

  /** Of the same trace the same, whoever asks: by the half of the id that all makers of ids draw at random. */
  #isChosen(traceId: string): boolean {
    return Number.parseInt(traceId.slice(-8), 16) < this.#sampledBelow;
  }
}

export function requestEnds(span: Span, status: number, transactionIds: readonly string[] | null): void {
  span.setAttribute('http.response.status_code', status);
  if (transactionIds?.length === 1) span.setAttribute('wallet.transaction_id', transactionIds[0] as string);
  if (status >= 500) span.setStatus({ code: 2 });
  span.end();
}

export function commandEnds(span: Span, result: EngineResult): void {
  span.setAttribute('wallet.outcome', result.outcome);
  if (result.outcome === 'RECORDED') span.setAttribute('wallet.transaction_id', result.transaction.transactionId);
  if (result.outcome === 'UNKNOWN' || result.outcome === 'NOT_DONE') span.setStatus({ code: 2 });
  span.end();
}

/** As W3C writes it down. */
export function traceparentOf(span: Span): string {
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
}

const traceparentPattern = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;
const noSpan = '0'.repeat(16);

/** The caller's span. null: none was sent that the request's trace id is of. */
function parentOf(traceparent: unknown, traceId: string) {
  if (typeof traceparent !== 'string') return null;
  const [, itsTrace, spanId, flags] = traceparentPattern.exec(traceparent) ?? [];
  if (itsTrace !== traceId || spanId === undefined || spanId === noSpan) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags as string, 16) };
}

function isSampled({ traceFlags }: { traceFlags: number }): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0;
}
