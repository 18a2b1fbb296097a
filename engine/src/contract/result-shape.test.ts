import { describe, expect, it } from 'vitest';
import { isRecordedTransaction, readCommandResult } from './result-shape.js';

const id = '01a204c4-5be4-733a-8403-d060098f0282';
const transaction = {
  ...{ transactionId: id, status: 'SUCCESS', failureCode: null, failureReason: null },
  ...{ senderWalletId: id, receiverWalletId: id, partition: 3, batchSeq: 7 },
  ...{ initiatedAtMs: 1, processingAtMs: 2, createdAtMs: 3 },
};

describe('a result', () => {
  it.each([
    { outcome: 'RECORDED', transaction, replayed: false },
    { outcome: 'BATCH_RECORDED', transactions: [transaction], replayed: true },
    { outcome: 'STATUS_CHANGED' },
    { outcome: 'NOT_RECORDED', code: 'WALLET_NOT_FOUND', detail: 'no' },
    { outcome: 'NOT_DONE', code: 'OVERLOADED' },
    { outcome: 'UNKNOWN' },
  ])('is taken: $outcome', (result) => {
    expect(readCommandResult(result)).toEqual(result);
  });

  it('is read as NOT_RECORDED where an engine still calls it REFUSED, as all did in 0.1.0', () => {
    const rejection = { code: 'WALLET_NOT_FOUND', detail: 'no', item: 3 };
    expect(readCommandResult({ outcome: 'REFUSED', ...rejection })).toEqual({ outcome: 'NOT_RECORDED', ...rejection });
    expect(readCommandResult({ outcome: 'REFUSED', code: 'INSUFFICIENT_FUNDS', detail: 'x' })).toBeUndefined();
  });

  it.each([
    null,
    {},
    [],
    'RECORDED',
    { outcome: 'RECORDED' },
    { outcome: 'RECORDED', transaction: {}, replayed: false },
    { outcome: 'RECORDED', transaction },
    { outcome: 'BATCH_RECORDED', transactions: [], replayed: false },
    { outcome: 'NOT_RECORDED', code: 'constructor', detail: 'x' },
    { outcome: 'NOT_DONE', code: 'SOME_DAY' },
  ])('is no answer: %j', (result) => {
    expect(readCommandResult(result)).toBeUndefined();
  });

  it.each([
    { status: 'FAILED' },
    { failureCode: 'constructor', status: 'FAILED', failureReason: 'x' },
    { failureCode: 'INSUFFICIENT_FUNDS' },
    { transactionId: 'x","amount":"999' },
    { createdAtMs: 1e300 },
    { createdAtMs: 'abc' },
    { partition: -1 },
  ])('with a transaction of %j is none', (change) => {
    expect(isRecordedTransaction({ ...transaction, ...change })).toBe(false);
  });
});
