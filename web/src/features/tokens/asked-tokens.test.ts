import { expect, it } from 'vitest';
import { type AskedToken, askedTokens, forgetAsked, rememberAsked } from './asked-tokens.js';

function shelf(text: string | null = null) {
  let kept = text;
  return {
    getItem: () => kept,
    setItem: (_name: string, value: string) => {
      kept = value;
    },
  };
}

const asked = (key: string, userId = 'ann'): AskedToken => ({
  ...{ key, userId, approvalId: `approval-${key}`, askedAt: '2026-01-31T12:00:00.000Z', body: { role: 'service' } },
});

it('what was asked for is remembered for its asker alone, until it is answered', () => {
  const storage = shelf();
  rememberAsked(asked('k1'), storage);
  rememberAsked(asked('k2', 'ben'), storage);
  rememberAsked(asked('k1'), storage);
  expect(askedTokens('ann', storage).map(({ key }) => key)).toEqual(['k1']);
  forgetAsked('k1', storage);
  expect(askedTokens('ann', storage)).toEqual([]);
  expect(askedTokens('ben', storage)).toHaveLength(1);
});

it('no more than so many are remembered, and what cannot be read is nothing', () => {
  const storage = shelf('{not json');
  expect(askedTokens('ann', storage)).toEqual([]);
  for (let i = 0; i < 50; i++) rememberAsked(asked(`k${i}`), storage);
  expect(askedTokens('ann', storage)).toHaveLength(20);
  expect(askedTokens('ann', storage)[0]?.key).toBe('k49');
});
