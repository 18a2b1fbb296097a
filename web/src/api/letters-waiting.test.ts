import type { WalletClient } from '@smart-wallet/client';
import { expect, it } from 'vitest';
import { countLettersWaiting, lettersWords } from './letters-waiting.js';

it('dead letters are counted in their table, those that are tried again already apart', async () => {
  const items = ['WAITING', 'REPLAYING', 'WAITING'].map((status) => ({ status }));
  const listDeadLetters = () => Promise.resolve({ data: { items, nextCursor: null }, response: new Response() });
  const platform = { api: { listDeadLetters } } as unknown as WalletClient;
  expect(await countLettersWaiting(platform, new AbortController().signal)).toBe(2);
});

it.each([
  [1, '1 dead letter'],
  [99, '99 dead letters'],
  [100, '100 dead letters or more'],
])('%i: %s', (count, words) => expect(lettersWords(count)).toBe(words));
