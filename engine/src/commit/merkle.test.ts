import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { merkleRoot } from './merkle.js';

const sha = (...parts: (string | Buffer)[]) => parts.reduce((h, part) => h.update(part), createHash('sha256')).digest();
const leaf = (text: string) => sha('\0', text);
const node = (left: Buffer, right: Buffer) => sha('\x01', left, right);

test('the root over nothing is SHA-256 of nothing, over one text its leaf', () => {
  expect(merkleRoot([])).toEqual(sha());
  expect(merkleRoot(['a'])).toEqual(leaf('a'));
});

test('an odd last node moves up unchanged', () => {
  const [a, b, c] = ['a', 'b', 'c'].map(leaf) as [Buffer, Buffer, Buffer];
  expect(merkleRoot(['a', 'b', 'c'])).toEqual(node(node(a, b), c));
});

test('order and every text matter', () => {
  expect(merkleRoot(['a', 'b'])).not.toEqual(merkleRoot(['b', 'a']));
  expect(merkleRoot(['a', 'b', 'c', 'd', 'e'])).not.toEqual(merkleRoot(['a', 'b', 'c', 'd', 'f']));
});
