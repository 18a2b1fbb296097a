import { type Link, ROOT_CONTEXT, type Span, SpanKind, TraceFlags, type Tracer, trace } from '@opentelemetry/api';
import type { Answer } from '../answers.js';
import type { Flight } from '../commit/ready-batches.js';

/** A batch's span names at most so many of the commands in it. */
const linksMax = 32;

/** A command whose gateway traces it, from its arrival to its answer. */
export interface CommandTrace {
  readonly span: Span;
  /** As `performance.now()` has it. */
  readonly arrivedAt: number;
}

/**
 * What an engine adds to the traces of gateways. A command's spans are written down once it is committed, from times that were
 * taken anyway: nothing waits for them.
 */
export class Traces {
  constructor(
    private readonly tracer: Tracer,
    private readonly engine: string,
    private readonly sendRest: () => Promise<void>,
  ) {}

  /** null: what was sent is no sampled traceparent. */
  arrived(traceparent: unknown, type: string, partition: number, epoch: number): CommandTrace | null {
    const parent = parentOf(traceparent);
    if (parent === null) return null;
    const attributes = {
      ...{ 'wallet.engine': this.engine, 'wallet.partition': partition, 'wallet.epoch': epoch, 'wallet.command': type },
    };
    const arrivedAt = performance.now();
    const options = { kind: SpanKind.SERVER, attributes, startTime: arrivedAt };
    return {
      span: this.tracer.startSpan(`decide ${type}`, options, trace.setSpanContext(ROOT_CONTEXT, parent)),
      arrivedAt,
    };
  }

  /** Of those that are traced: the wait, the plan and the commit, which the whole batch shares. */
  committed({ call, madeFrom, madeAt, sentAt, overAt }: Flight): void {
    const traced = call.plan.commands.flatMap(({ pending }) => pending.trace ?? []);
    if (traced.length === 0) return;
    const { batchSeq, workerId } = call.position;
    const attributes = {
      ...{ 'wallet.engine': this.engine, 'wallet.engine_id': workerId, 'wallet.batch_seq': batchSeq },
      ...{ 'wallet.batch_transactions': call.plan.transactions.length },
    };
    const links: Link[] = traced.slice(0, linksMax).map(({ span }) => ({ context: span.spanContext() }));
    const batch = this.tracer.startSpan(
      'commit batch',
      { root: true, attributes, links, startTime: sentAt },
      ROOT_CONTEXT,
    );
    batch.end(overAt);
    const toBatch: Link[] = [{ context: batch.spanContext() }];
    for (const { span, arrivedAt } of traced) {
      const within = trace.setSpan(ROOT_CONTEXT, span);
      const write = (name: string, from: number, to: number, links: Link[] = []) =>
        this.tracer
          .startSpan(name, { startTime: from, links, attributes: links.length > 0 ? attributes : {} }, within)
          .end(to);
      if (arrivedAt < madeFrom) write('wait', arrivedAt, madeFrom);
      write('plan', Math.max(arrivedAt, madeFrom), madeAt);
      write('commit', sentAt, overAt, toBatch);
    }
  }

  stop(): Promise<void> {
    return this.sendRest();
  }
}

/** The command is answered, however. */
export function answered({ span }: CommandTrace, answer: Answer): void {
  if (typeof answer === 'string') {
    span.setAttribute('wallet.outcome', /"outcome":"(\w+)"/.exec(answer)?.[1] ?? '');
  } else if (answer.transactions.length === 1) {
    span.setAttribute('wallet.transaction_id', answer.transactions[0]?.transactionId ?? '');
  }
  span.end();
}

const traceparentPattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

function parentOf(traceparent: unknown) {
  if (typeof traceparent !== 'string') return null;
  const [, traceId, spanId, flags] = traceparentPattern.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined) return null;
  const traceFlags = Number.parseInt(flags as string, 16);
  return (traceFlags & TraceFlags.SAMPLED) === 0 ? null : { traceId, spanId, traceFlags, isRemote: true };
}
