import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { partitionOf } from './partition.js';

test('a partition is the first 4 bytes of SHA-256 over the id, big endian, modulo the count', () => {
  const walletId = '01a204c4-5be4-733a-8403-d060098f0282';
  const digest = createHash('sha256')
    .update(Buffer.from(walletId.replaceAll('-', ''), 'hex'))
    .digest();
  expect(partitionOf(walletId, 64)).toBe(digest.readUInt32BE(0) % 64);
  expect(() => partitionOf('not-a-wallet', 64)).toThrow(RangeError);
});
