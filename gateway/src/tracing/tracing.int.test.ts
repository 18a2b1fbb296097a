import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
  gatewayToken,
  openScratch,
  type Program,
  type Scratch,
  startEngine,
  startGateway,
} from '../testing/scratch.js';
import { payment, testCaller } from '../testing/test-caller.js';

// Gateway and engine as programs, and a collector that is a plain HTTP server.

interface SpanRecord {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  links?: { traceId: string; spanId: string }[];
  attributes: { key: string; value: Record<string, unknown> }[];
}

let scratch: Scratch;
let engine: Program;
let gateway: Program & { url: string };
let collector: Server;
let isAway = false;
const spans: SpanRecord[] = [];

beforeAll(async () => {
  collector = createServer(async (request, response) => {
    const body = await text(request);
    if (isAway) return response.writeHead(503).end();
    for (const { resource, scopeSpans } of JSON.parse(body).resourceSpans) {
      const service = attribute(resource.attributes, 'service.name') as string;
      for (const { spans: sent } of scopeSpans) for (const span of sent) spans.push({ service, ...span });
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((listens) => collector.listen(0, '127.0.0.1', listens));
  const variables = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    OTEL_TRACES_SAMPLER_ARG: '0.000001',
  };
  scratch = await openScratch();
  engine = startEngine(scratch, 'engine-1', variables);
  engine.process.stdout?.resume();
  gateway = await startGateway(scratch, async (url) => (await fetch(`${url}/health/ready`)).status === 200, variables);
});
afterAll(async () => {
  await gateway?.stop();
  await engine?.stop();
  collector?.close();
  await scratch?.database.drop();
});

const { wallet, funded } = testCaller(() => gateway.url);

function pay(sender: string, receiver: string, traceparent: string) {
  return fetch(`${gateway.url}/api/payments`, {
    method: 'POST',
    headers: {
      ...{ authorization: `Bearer ${gatewayToken}`, 'content-type': 'application/json' },
      ...{ 'idempotency-key': randomUUID(), traceparent },
    },
    body: JSON.stringify(payment(sender, receiver, '1.00')),
  });
}

const hex = (bytes: number) => randomBytes(bytes).toString('hex');

it('a payment is one trace from HTTP over NATS to the commit, under the id that its answer carries', async () => {
  const [sender, receiver] = [await funded('10.00'), await wallet()];
  const [traceId, callersSpan] = [hex(16), hex(8)];
  const answer = await pay(sender, receiver, `00-${traceId}-${callersSpan}-01`);
  expect([answer.status, answer.headers.get('trace-id')]).toEqual([201, traceId]);
  const { transactionId, batchSeq } = (await answer.json()) as { transactionId: string; batchSeq: number };

  const ours = await vi.waitUntil(() => {
    const found = spans.filter((span) => span.traceId === traceId);
    return found.length >= 6 ? found : null;
  }, 10_000);
  const named = (name: string) => ours.find((span) => span.name === name) as SpanRecord;
  expect(ours.map(({ service, name }) => `${service}: ${name}`).sort()).toEqual([
    'smart-wallet-engine: commit',
    'smart-wallet-engine: decide TRANSFER',
    'smart-wallet-engine: plan',
    ...(named('wait') ? ['smart-wallet-engine: wait'] : []),
    'smart-wallet-gateway: POST /api/payments',
    'smart-wallet-gateway: send TRANSFER',
  ]);
  const chain = ['POST /api/payments', 'send TRANSFER', 'decide TRANSFER', 'commit'].map(named);
  expect(chain.map(({ parentSpanId }) => parentSpanId)).toEqual([
    callersSpan,
    ...chain.slice(0, 3).map(({ spanId }) => spanId),
  ]);
  expect(named('plan').parentSpanId).toBe(named('decide TRANSFER').spanId);
  for (const span of ours) expect(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano)).toBe(true);
  expect(attribute(named('POST /api/payments').attributes, 'wallet.transaction_id')).toBe(transactionId);
  expect(attribute(named('decide TRANSFER').attributes, 'wallet.transaction_id')).toBe(transactionId);

  // The batch has a trace of its own, which many payments share; each leads to the other.
  const [link] = named('commit').links ?? [];
  const batch = spans.find(({ spanId }) => spanId === link?.spanId) as SpanRecord;
  expect(batch).toMatchObject({ name: 'commit batch', traceId: link?.traceId });
  expect(batch.traceId).not.toBe(traceId);
  expect(batch.links?.map(({ spanId }) => spanId)).toContain(named('decide TRANSFER').spanId);
  expect(Number(attribute(batch.attributes, 'wallet.batch_seq'))).toBe(batchSeq);
});

it('a problem carries its trace’s id, and what its caller does not sample is not traced', async () => {
  const sampled = hex(16);
  const refused = await pay(randomUUID(), randomUUID(), `00-${sampled}-${hex(8)}-01`);
  expect(await refused.json()).toMatchObject({ status: 404, traceId: sampled });
  const notSampled = hex(16);
  await pay(randomUUID(), randomUUID(), `00-${notSampled}-${hex(8)}-00`);
  const last = hex(16);
  await pay(randomUUID(), randomUUID(), `00-${last}-${hex(8)}-01`);
  await expect.poll(() => spans.some(({ traceId, name }) => traceId === sampled && name.startsWith('POST'))).toBe(true);
  await expect.poll(() => spans.some(({ traceId, name }) => traceId === last && name.startsWith('POST'))).toBe(true);
  expect(spans.filter(({ traceId }) => traceId === notSampled)).toEqual([]);
});

it('while the collector is away, and once it is gone, payments go on', async () => {
  const [sender, receiver] = [await funded('100.00'), await wallet()];
  const payTraced = async () => (await pay(sender, receiver, `00-${hex(16)}-${hex(8)}-01`)).status;
  isAway = true;
  expect(await Promise.all(Array.from({ length: 20 }, payTraced))).toEqual(Array(20).fill(201));
  collector.closeAllConnections();
  await new Promise((closed) => collector.close(closed));
  expect(await Promise.all(Array.from({ length: 20 }, payTraced))).toEqual(Array(20).fill(201));
});

function attribute(attributes: SpanRecord['attributes'], name: string): unknown {
  const [value] = Object.values(attributes.find(({ key }) => key === name)?.value ?? {});
  return value;
}
