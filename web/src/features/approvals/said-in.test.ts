import { expect, it } from 'vitest';
import { amountIn, saidIn } from './said-in.js';

const id = '0199d2f4-7c1e-7b3a-9c55-0242ac120002';

it('what was not said is left out, and nothing said is nothing to head', () => {
  expect(saidIn({ description: null, metadata: null })).toEqual([]);
  expect(saidIn({ amount: '5.00', metadata: { a: 1 } }).map(({ name, text }) => [name, text])).toEqual([
    ['Amount', '5.00'],
    ['Metadata', '{"a":1}'],
  ]);
});

it.each([
  ['walletId', id, '/wallets/$id'],
  ['senderWalletId', id, '/wallets/$id'],
  ['transactionId', id, '/transactions/$id'],
  ['holdId', id, '/holds/$id'],
  ['userId', id, null],
  ['walletId', 'bank', null],
])('%s %s leads to %s', (name, text, page) => expect(saidIn({ [name]: text })[0]?.page).toBe(page));

it.each([
  [{ amount: '2500.00', currency: 'EUR' }, '2,500.00 EUR'],
  [{ amount: '2500.00' }, '2,500.00'],
  [{ role: 'admin' }, ''],
])('%j is about %s', (payload, text) => expect(amountIn(payload)).toBe(text));
