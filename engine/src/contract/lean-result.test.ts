import { describe, expect, it } from 'vitest';
import type { RecordedTransaction, TransferCommand } from './commands.js';
import { commandSaysTheRest, leanText, readLeanResult } from './lean-result.js';

const [sender, receiver, id] = [
  '01a204c4-5be4-733a-8403-d060098f0280',
  '01a204c4-5be4-733a-8403-d060098f0281',
  '01a204c4-5be4-733a-8403-d060098f0282',
];
const partition = 3;
const command = {
  ...{ type: 'TRANSFER', kind: 'PAYMENT', senderWalletId: sender, receiverWalletId: receiver, initiatedAtMs: 1 },
} as TransferCommand;
const success: RecordedTransaction = {
  ...{ transactionId: id, status: 'SUCCESS', failureCode: null, failureReason: null },
  ...{ senderWalletId: sender, receiverWalletId: receiver, partition, batchSeq: 7 },
  ...{ initiatedAtMs: 1, processingAtMs: 2, createdAtMs: 3 },
};
const refused: RecordedTransaction = {
  ...success,
  ...{ status: 'FAILED', failureCode: 'INSUFFICIENT_FUNDS', failureReason: 'The "sender"\n has too little.' },
};

describe('a lean result', () => {
  it.each([success, refused])('and its command say the whole: $status', (transaction) => {
    expect(commandSaysTheRest(command, partition, transaction)).toBe(true);
    const read = readLeanResult(JSON.parse(leanText(transaction)), command, partition);
    expect(read).toEqual({ outcome: 'RECORDED', transaction, replayed: false });
  });

  it('is a fifth of the whole', () => {
    expect(leanText(success).length).toBeLessThan(JSON.stringify(success).length / 4);
  });

  it.each([
    ['accepted at another time', { ...command, initiatedAtMs: 2 }, partition],
    ['that left the sender to the ledger', { ...command, kind: 'DEPOSIT' as const, senderWalletId: null }, partition],
    ['for another partition', command, partition + 1],
  ])('does not answer a command %s', (_, asked, at) => {
    expect(commandSaysTheRest(asked, at, success)).toBe(false);
  });

  it.each([
    [[]],
    [[id, 7, 2]],
    [[id, 7, 2, 3, 'INSUFFICIENT_FUNDS']],
    [[id, 7, 2, 3, 'SOME_DAY', 'no']],
    [[id, 7, 2, 3, 'INSUFFICIENT_FUNDS', null]],
    [['x', 7, 2, 3]],
    [[id, '7', 2, 3]],
    [[id, 7, -2, 3]],
    [[id, 7, 2, null]],
  ])('is none: %j', (value) => {
    expect(readLeanResult(value, command, partition)).toBeUndefined();
  });

  it('is none for a command that is no transfer', () => {
    const change = { ...command, type: 'STATUS_CHANGE' } as never;
    expect(readLeanResult([id, 7, 2, 3], change, partition)).toBeUndefined();
  });
});
