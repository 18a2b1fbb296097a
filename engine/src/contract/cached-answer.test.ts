import { expect, it } from 'vitest';
import {
  answerField,
  answerSlot,
  answerSlots,
  answerValueBytes,
  type CachedAnswer,
  outcomeKinds,
  readCachedAnswer,
  writeCachedAnswer,
} from './cached-answer.js';

const answer: CachedAnswer = {
  requestHash: '00112233445566778899aabbccddeeff',
  kind: 'TRANSACTION',
  outcomeId: '01a204c4-5be4-733a-8403-d060098f0282',
  status: 'SUCCESS',
  answeredAtMs: 1_764_144_000_000,
};

it.each(outcomeKinds.flatMap((kind) => (['SUCCESS', 'FAILED'] as const).map((status) => ({ kind, status }))))(
  'an answer is read as it was written: $kind $status',
  (outcome) => {
    const bytes = Buffer.alloc(answerValueBytes + 3);
    writeCachedAnswer(bytes, 3, { ...answer, ...outcome });
    expect(readCachedAnswer(bytes, 3)).toEqual({ ...answer, ...outcome });
  },
);

it('nothing is read from what an older or a newer program may have written', () => {
  const bytes = Buffer.alloc(answerValueBytes);
  writeCachedAnswer(bytes, 0, answer);
  expect(readCachedAnswer(bytes.subarray(1), 0)).toBeNull();
  for (const at of [0, 1]) expect(readCachedAnswer(Buffer.from(bytes).fill('{', at, at + 1), 0)).toBeNull();
});

it('a value and a field are short enough for a small hash of Redis', () => {
  expect(answerValueBytes).toBeLessThan(64);
  expect(answerField(Buffer.alloc(16))).toHaveLength(14);
});

it('slots go from the first to the last', () => {
  expect(answerSlot(Buffer.alloc(16))).toBe(0);
  expect(answerSlot(Buffer.alloc(16, 255))).toBe(answerSlots - 1);
  expect(answerSlot(Buffer.from('00007f', 'hex'))).toBe(0);
  expect(answerSlot(Buffer.from('000080', 'hex'))).toBe(1);
});
