import type { BatchCommitted } from '@smart-wallet/engine/contract/events.js';
import { describe, expect, it } from 'vitest';
import { OpenFigures } from './open-figures.js';

function batch(committedAtMs: number, amount = 10_000n): BatchCommitted {
  return {
    workerId: 'w',
    batchSeq: 1,
    committedAtMs,
    figures: {
      succeeded: 1,
      failed: 0,
      failuresByCode: {},
      countByKind: { PAYMENT: 1 },
      sumByCurrency: { EUR: amount.toString() },
    },
    latency: [0, 1],
    sample: [],
  };
}

describe('the open figures', () => {
  it('sum what was heard after the last closed second', () => {
    const open = new OpenFigures();
    open.closed(9);
    for (const at of [9_999, 10_000, 10_500, 11_200]) open.heard(batch(at));
    expect(open.take(0)).toMatchObject({
      from: 10,
      batches: 3,
      succeeded: 3,
      sumByCurrency: { EUR: '30000' },
      latency: [[1, 3]],
    });
    open.closed(10);
    expect(open.take(0)).toMatchObject({ from: 11, batches: 1 });
    open.closed(11);
    expect(open.take(0)).toMatchObject({ from: 12, batches: 0, sumByCurrency: {} });
  });

  it('leave out what was committed in the future', () => {
    const open = new OpenFigures();
    open.heard(batch(70_000), 10_000);
    open.heard(batch(70_001), 10_000);
    expect(open.take(10_000).batches).toBe(1);
  });

  it('say the oldest that no frame showed, once', () => {
    const open = new OpenFigures();
    open.closed(9);
    for (const at of [10_300, 10_100, 10_200]) open.heard(batch(at));
    expect(open.take(0).oldestNewAtMs).toBe(10_100);
    expect(open.take(0).oldestNewAtMs).toBeNull();
    open.heard(batch(10_050));
    open.closed(10);
    // Its second closed meanwhile: it is on the screen for the first time all the same.
    expect(open.take(0).oldestNewAtMs).toBe(10_050);
  });

  it('lose nothing when very many seconds stay open, whatever order they come in', () => {
    const open = new OpenFigures();
    const seconds = Array.from({ length: 1_000 }, (_, i) => (i * 617) % 1_000);
    for (const second of seconds) open.heard(batch(second * 1_000));
    expect(open.take(0)).toMatchObject({ batches: 1_000, sumByCurrency: { EUR: '10000000' } });
    open.closed(998);
    expect(open.take(0)).toMatchObject({ from: 999, batches: 1 });
  });

  it('are exact beyond what a float holds', () => {
    const open = new OpenFigures();
    for (let i = 0; i < 3; i++) open.heard(batch(1_000, 9_007_199_254_740_993n));
    expect(open.take(0).sumByCurrency).toEqual({ EUR: '27021597764222979' });
  });
});
