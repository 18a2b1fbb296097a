import { expect, it } from 'vitest';
import { isBatchCommitted, isEngineHeartbeat, isGatewayHeartbeat, isOwnershipEvent } from './event-shape.js';
import { latencyBoundsMs } from './events.js';

const sampled = {
  ...{ transactionId: 't', kind: 'PAYMENT', status: 'SUCCESS', failureCode: null, amount: '5', currency: 'EUR' },
  senderWalletId: '11111111-1111-4111-8111-111111111111',
  receiverWalletId: '22222222-2222-4222-8222-222222222222',
  latencyMs: 3,
};
const batch = {
  ...{ workerId: 'w', batchSeq: 1, committedAtMs: 1_000, sample: [sampled] },
  figures: {
    ...{ succeeded: 3, failed: 0, failuresByCode: {} },
    ...{ countByKind: { PAYMENT: 3 }, sumByCurrency: { EUR: '30000' } },
  },
  latency: Array.from({ length: latencyBoundsMs.length + 1 }, (_, i) => (i === 5 ? 3 : 0)),
};
const engine = {
  ...{
    workerId: 'w',
    workerName: 'n',
    atMs: 1,
    oldestWaitingMs: null,
    fencedCalls: 0,
    unknownCalls: 0,
    memoryBytes: 1,
  },
  partitions: [[0, 1, 2]],
};
const gateway = {
  ...{ gatewayId: 'g', url: 'u', atMs: 1, openCommands: 0, oldestOpenMs: 4, notAccepted: { OVERLOADED: 1 } },
  liveConnections: 0,
};
const owner = { type: 'CLAIMED', partition: 1, epoch: 2, workerId: 'w', workerName: 'n', atMs: 1 };

it('what the platform tells is understood', () => {
  expect(isBatchCommitted(batch)).toBe(true);
  expect(isEngineHeartbeat(engine)).toBe(true);
  expect(isEngineHeartbeat({ ...engine, partitions: [], standsBy: true })).toBe(true);
  expect(isGatewayHeartbeat(gateway)).toBe(true);
  expect(isOwnershipEvent(owner)).toBe(true);
});

it.each<[string, (value: unknown) => boolean, unknown]>([
  ['a batch without figures', isBatchCommitted, { ...batch, figures: undefined }],
  [
    'a count by currency that is a float',
    isBatchCommitted,
    { ...batch, figures: { ...batch.figures, countByCurrency: { EUR: 1.5 } } },
  ],
  ['a sum that is a float', isBatchCommitted, { ...batch, figures: { ...batch.figures, sumByCurrency: { EUR: 1.5 } } }],
  [
    'a sum that is no number',
    isBatchCommitted,
    { ...batch, figures: { ...batch.figures, sumByCurrency: { EUR: 'x' } } },
  ],
  ['a count below zero', isBatchCommitted, { ...batch, figures: { ...batch.figures, succeeded: -1 } }],
  ['a latency that is text', isBatchCommitted, { ...batch, latency: ['1'] }],
  ['a time that is too large to count', isBatchCommitted, { ...batch, committedAtMs: 1e300 }],
  [
    'a sample with a wallet that has no id',
    isBatchCommitted,
    { ...batch, sample: [{ ...sampled, senderWalletId: 'x' }] },
  ],
  ['a heartbeat with a partition of two', isEngineHeartbeat, { ...engine, partitions: [[0, 1]] }],
  ['a heartbeat that stands by in text', isEngineHeartbeat, { ...engine, standsBy: 'yes' }],
  ['a heartbeat with a name without end', isEngineHeartbeat, { ...engine, workerName: 'x'.repeat(256) }],
  ['a gateway without a url', isGatewayHeartbeat, { ...gateway, url: null }],
  ['an event of another type', isOwnershipEvent, { ...owner, type: 'STOLEN' }],
  ['a partition that is text', isOwnershipEvent, { ...owner, partition: '1' }],
  [
    'a latency of more buckets than there are',
    isBatchCommitted,
    { ...batch, latency: Array.from({ length: 40 }, () => 1) },
  ],
  ['half a count', isBatchCommitted, { ...batch, latency: [0.5] }],
  ['a sample beyond its bound', isBatchCommitted, { ...batch, sample: Array.from({ length: 6 }, () => sampled) }],
  [
    'a heap of codes',
    isGatewayHeartbeat,
    { ...gateway, notAccepted: Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`c${i}`, 1])) },
  ],
  ['a partition that is half a one', isOwnershipEvent, { ...owner, partition: 0.5 }],
  ['a partition by the name of a prototype', isOwnershipEvent, { ...owner, partition: '__proto__' }],
  ['null', isBatchCommitted, null],
  ['a list', isEngineHeartbeat, []],
])('%s is not', (_, isOne, value) => {
  expect(isOne(value)).toBe(false);
});
