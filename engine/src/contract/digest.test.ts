import { expect, test } from 'vitest';
import { atomicRequestHash, canonicalJson, type HashedRequest, keyDigest, requestHash } from './digest.js';

const request: HashedRequest = {
  ...{ kind: 'PAYMENT', senderWalletId: 'a', receiverWalletId: 'b', amount: 100n, currency: 'EUR' },
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
  const hashes = Object.keys(request).map((field) =>
    requestHash({ ...request, [field]: field === 'amount' ? 101n : 'other' }),
  );
  expect(new Set([...hashes, requestHash(request)]).size).toBe(hashes.length + 1);
  expect(atomicRequestHash([request])).not.toBe(requestHash(request));
});

test('a key belongs to its caller', () => {
  expect(keyDigest('ann', 'k')).not.toBe(keyDigest('bob', 'k'));
  expect(keyDigest('ann', 'k')).toMatch(/^[0-9a-f]{32}$/);
});
