import { expect, test } from 'vitest';
import { wants } from './subscription.js';

const hook = (eventTypes: string[], walletIds: string[] | null = null) => ({ webhookId: 'w', eventTypes, walletIds });
const paid = { type: 'transaction.succeeded', data: { senderWalletId: 'a', receiverWalletId: 'b', walletId: null } };
const raised = { type: 'alert.raised', data: { subject: 'a' } };

test('an endpoint has the types that it named, or all', () => {
  expect(wants(hook(['*']), paid)).toBe(true);
  expect(wants(hook(['alert.raised', 'transaction.succeeded']), paid)).toBe(true);
  expect(wants(hook(['transaction.failed']), paid)).toBe(false);
  expect(wants(hook(['transaction']), paid)).toBe(false);
});

test('one that named wallets has what is about them, from either side', () => {
  expect(wants(hook(['*'], ['a']), paid)).toBe(true);
  expect(wants(hook(['*'], ['c', 'b']), paid)).toBe(true);
  expect(wants(hook(['*'], ['c']), paid)).toBe(false);
  expect(wants(hook(['*'], ['a']), raised)).toBe(true);
  expect(wants(hook(['*'], ['a']), { type: 'alert.raised', data: { subject: 'platform' } })).toBe(false);
  expect(wants(hook(['alert.raised'], ['a']), paid)).toBe(false);
});
