import { describe, expect, test } from 'vitest';
import { engineFreshness, frameFreshness, ledgerFreshness } from './freshness.js';

const fresh = { frameAgeMs: 0, ledgerMs: 0, engineMs: 0, tryingForMs: 60_000, trouble: null };

describe('before the first frame', () => {
  const waiting = { ...fresh, frameAgeMs: null, ledgerMs: null, engineMs: null };

  test('a tile is loading for three seconds', () => {
    expect(ledgerFreshness({ ...waiting, tryingForMs: 2_999 })).toEqual({ state: 'loading' });
  });

  test('then it has failed, and says what does and why', () => {
    expect(ledgerFreshness({ ...waiting, tryingForMs: 3_000 })).toEqual({
      state: 'failed',
      reason: 'The gateway: did not answer. Trying again.',
    });
    const trouble = { url: 'http://a.test', reason: 'websocket error' };
    expect(engineFreshness({ ...waiting, tryingForMs: 3_000, trouble })).toEqual({
      state: 'failed',
      reason: 'http://a.test: websocket error. Trying again.',
    });
  });
});

describe('with frames', () => {
  test('everything is live while its source speaks', () => {
    for (const of of [ledgerFreshness, engineFreshness, frameFreshness]) expect(of(fresh)).toEqual({ state: 'live' });
  });

  test('the ledger is stale after five seconds, the engine after three: each stales its own tiles only', () => {
    expect(ledgerFreshness({ ...fresh, ledgerMs: 4_999 }).state).toBe('live');
    const oldLedger = { ...fresh, ledgerMs: 5_000 };
    expect(ledgerFreshness(oldLedger)).toEqual({ state: 'stale', ageMs: 5_000 });
    expect([engineFreshness(oldLedger).state, frameFreshness(oldLedger).state]).toEqual(['live', 'live']);
    expect(engineFreshness({ ...fresh, engineMs: 2_999 }).state).toBe('live');
    const silentEngine = { ...fresh, engineMs: 3_000 };
    expect(engineFreshness(silentEngine)).toEqual({ state: 'stale', ageMs: 3_000 });
    expect([ledgerFreshness(silentEngine).state, frameFreshness(silentEngine).state]).toEqual(['live', 'live']);
  });

  test('a source that was never heard is still loading', () => {
    expect(ledgerFreshness({ ...fresh, ledgerMs: null })).toEqual({ state: 'loading' });
  });
});

test('without frames for three seconds everything is stale, by the age of the last one', () => {
  const cut = { ...fresh, frameAgeMs: 3_000, ledgerMs: 3_100, engineMs: null };
  for (const of of [ledgerFreshness, engineFreshness, frameFreshness]) {
    expect(of(cut)).toEqual({ state: 'stale', ageMs: 3_000 });
    expect(of({ ...cut, engineMs: 0, frameAgeMs: 2_999 }).state).toBe('live');
  }
});
