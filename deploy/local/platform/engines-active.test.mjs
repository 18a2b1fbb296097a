// @ts-check
import { describe, expect, it } from 'vitest';
import { enginesActive, enginesActiveOn, enginesInWords } from './engines-active.mjs';

describe('engines on one machine', () => {
  it.each([
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
    [16, 8],
  ])('of %i cores: %i are active', (cores, active) => {
    expect(enginesActiveOn(cores)).toBe(active);
  });

  it('are active as the environment says, else by the cores', () => {
    const given = { env: {}, redisIsExternal: false, cores: 2 };
    expect(enginesActive(given)).toBe('1');
    expect(enginesActive({ ...given, env: { ENGINES_ACTIVE: '3' } })).toBe('3');
    expect(enginesActive({ ...given, env: { ENGINES_ACTIVE: '3' }, redisIsExternal: true })).toBe('3');
  });

  it('are all active where those of other machines may be in the same Redis', () => {
    expect(enginesActive({ env: {}, redisIsExternal: true, cores: 2 })).toBeNull();
  });

  it('are told in words', () => {
    expect(enginesInWords(2, '1')).toBe('2: 1 active, 1 standing by');
    expect(enginesInWords(3, '1')).toBe('3: 1 active, 2 standing by');
    expect(enginesInWords(2, '4')).toBe('2, all active');
    expect(enginesInWords(2, null)).toBe('2, all active');
    expect(enginesInWords(1, '1')).toBe('1');
  });
});
