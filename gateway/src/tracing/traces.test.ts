import { randomBytes } from 'node:crypto';
import { AlwaysOnSampler, InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { FastifyRequest } from 'fastify';
import { expect, it } from 'vitest';
import type { Call } from '../engine-client/call.js';
import { packRequest } from '../engine-client/request-packing.js';
import { requestSpanOf, traceWith } from './command-trace.js';
import { type TracerParts, Traces, traceparentOf } from './traces.js';

const exporter = new InMemorySpanExporter();
const parts: TracerParts = {
  nextTraceId: '',
  tracer: new TracerProvider({
    sampler: new AlwaysOnSampler(),
    idGenerator: { generateTraceId: () => parts.nextTraceId, generateSpanId: () => hex(8) },
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  }).getTracer('test'),
  stop: async () => {},
};
const hex = (bytes: number) => randomBytes(bytes).toString('hex');

function begin(traces: Traces, traceId: string, traceparent?: string) {
  const routeOptions = { url: '/api/payments' };
  return traces.requestBegins({
    ...{ traceId, headers: { traceparent }, method: 'POST', routeOptions },
  } as unknown as FastifyRequest);
}

it('of the requests about which nobody decided a share is traced, the same at every gateway, under their own ids', () => {
  const ids = Array.from({ length: 4_000 }, () => hex(16));
  const chosen = ids.filter((id) => begin(new Traces(parts, 0.1), id) !== null);
  expect(chosen.length).toBeGreaterThan(280);
  expect(chosen.length).toBeLessThan(520);
  for (const id of chosen) expect(begin(new Traces(parts, 0.1), id)?.spanContext().traceId).toBe(id);
});

it('who sends a traceparent decides, whatever the share', () => {
  const [id, span] = [hex(16), hex(8)];
  expect(begin(new Traces(parts, 1), id, `00-${id}-${span}-00`)).toBeNull();
  expect(begin(new Traces(parts, 1e-9), id, `00-${id}-${span}-01`)?.spanContext().traceId).toBe(id);
  // One that is none decides nothing.
  expect(begin(new Traces(parts, 1), id, 'sampled, please')).not.toBeNull();
});

it('a message to an engine says which of its commands are traced, and nothing of it when none is', () => {
  const span = begin(new Traces(parts, 1), hex(16));
  const call = (traced: boolean) =>
    ({
      encoded: '{}',
      bytes: 2,
      payments: 1,
      deadlineAtMs: 10,
      first: {},
      span: traced ? span : null,
    }) as unknown as Call;
  const fields = (...calls: Call[]) => JSON.parse(`{${packRequest(calls, 0, 0).fields}}`);
  expect(fields(call(false), call(false))).toEqual({ msLeft: [10, 10], commands: [{}, {}] });
  expect(fields(call(false), call(true)).traces).toEqual([null, span && traceparentOf(span)]);
  expect(packRequest([call(true)], 0, 0).bytes).toBeGreaterThan(packRequest([call(false)], 0, 0).bytes + 55);
});

it('a command carries its request’s span to the engine client, also through what it is made of, and never into JSON', () => {
  const span = begin(new Traces(parts, 1), hex(16));
  const command = { type: 'HOLD', ...traceWith({ caller: 'a' }, span) };
  expect(requestSpanOf(command)).toBe(span);
  expect(JSON.stringify(command)).toBe('{"type":"HOLD","caller":"a"}');
  expect(Object.getOwnPropertySymbols(traceWith({}, null))).toEqual([]);
});
