import { expect, test } from 'vitest';
import { canonicalJson, keyDigest } from './digest.js';
import { atomicRequestHash, requestHash } from './request-hash.js';
import type { TransactionKind } from './transaction-kind.js';
import type { TransferTerms } from './transfer-terms.js';

const request: TransferTerms = {
  ...{ kind: 'PAYMENT', senderWalletId: 'a', receiverWalletId: 'b', amount: '100', currency: 'EUR' },
  ...{ reference: null, description: null, metadata: null },
};

test('canonical JSON is one text per value, whatever the order of its keys', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'x"' }], '10': 1, '9': true, a: 1e21 })).toBe(
    '{"10":1,"9":true,"a":1e+21,"b":[1,{"c":"x\\"","d":null}]}',
  );
  expect(canonicalJson({ a: 1, b: 2 })).toBe(canonicalJson({ b: 2, a: 1 }));
  expect(canonicalJson(JSON.parse('{"__proto__":1,"a":2}'))).toBe('{"__proto__":1,"a":2}');
});

test('every field of a request makes it another one', () => {
  const hashes = Object.keys(request).map((field) => requestHash({ ...request, [field]: 'other' }));
  hashes.push(requestHash({ ...request, parentTransactionId: 'other' }));
  expect(new Set([...hashes, requestHash(request)]).size).toBe(hashes.length + 1);
  expect(atomicRequestHash([request])).not.toBe(requestHash(request));
});

test('a key belongs to its caller', () => {
  expect(keyDigest('ann', 'k')).not.toBe(keyDigest('bob', 'k'));
  expect(keyDigest('ann', 'k')).toMatch(/^[0-9a-f]{32}$/);
});

/** Recorded hashes are compared with those of requests that come years later. */
test('a request keeps its hash from version to version', () => {
  const a = '01a204c4-5be4-733a-8403-d060098f0282';
  const b = '01a204c4-5be4-733a-8403-d060098f0283';
  const terms = (kind: TransactionKind, changes: Partial<TransferTerms>): TransferTerms => ({
    ...{ kind, senderWalletId: a, receiverWalletId: b, amount: '125000', currency: 'EUR' },
    ...{ reference: null, description: null, metadata: null },
    ...changes,
  });
  const full = terms('PAYMENT', { reference: 'r-1', description: 'ä "q" \\', metadata: '{"a":[1,null],"b":"x"}' });
  expect(requestHash(terms('PAYMENT', {}))).toBe('38d15d429b013fad651d6f13439740d9');
  expect(requestHash(full)).toBe('86d3e9172c1a2cc889c8c30a46d68f09');
  expect(requestHash(terms('DEPOSIT', { senderWalletId: null }))).toBe('f73703bebd5199dde1163bd80e3dd236');
  expect(requestHash(terms('WITHDRAWAL', { receiverWalletId: null }))).toBe('01ce0b6adecc37325592bb09ce7d5a2b');
  expect(atomicRequestHash([terms('PAYMENT', {}), full])).toBe('4886641dad6b5ca647a490afcc52c6ea');
  expect(keyDigest('dev', 'key#0')).toBe('9dd31c59aaaead1f12b9125a41f68f54');
});
