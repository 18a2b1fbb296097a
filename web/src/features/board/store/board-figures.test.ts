import type { LiveFrame } from '@smart-wallet/engine/contract/live.js';
import { describe, expect, test } from 'vitest';
import { closedSecond, closedSeconds, engine, figures, frame, gateway, noon } from '../../../testing/live-data.js';
import { agedSources, boardFigures } from './board-figures.js';

const targets = { successPercent: 99.5, latencyP99Ms: 200 };
const midnight = Date.UTC(2026, 10, 23) / 1_000;

describe('what is certain comes from the closed seconds alone', () => {
  const open = { ...figures({ batches: 1, succeeded: 5_000, failed: 5_000, latency: [[32, 10_000]] }), from: noon };

  test('open figures, which may be wrong, are in no rate, share or percentile', () => {
    const seconds = closedSeconds(noon - 60, 60, { succeeded: 9, failed: 1, latency: [[18, 10]] });
    const made = boardFigures(seconds, frame({ open: { ...open, oldestNewAtMs: null } }), targets);
    expect(made.perSecond).toBe(10);
    expect(made.lastMinute).toMatchObject({ succeeded: 540, failed: 60 });
    expect(made.p50?.ms).toBe(112.5);
    expect(made.p95?.ms).toBe(123.75);
    expect(made.p99?.ms).toBe(124.75);
    expect(made.slow).toBe(0);
  });

  test('the payments over the SLA are those of the last minute', () => {
    const seconds = [
      closedSecond(noon - 61, { latency: [[22, 50]] }),
      ...closedSeconds(noon - 60, 60, { latency: [[22, 2]] }),
    ];
    expect(boardFigures(seconds, frame(), targets).slow).toBe(120);
  });
});

describe('payments not accepted', () => {
  test('are added up over gateways, by code', () => {
    const gateways = [
      gateway('one', { notAccepted: { OVERLOADED: 2 } }),
      gateway('two', { notAccepted: { OVERLOADED: 1, OUTCOME_UNKNOWN: 4 } }),
    ];
    expect([...of({ gateways }).notAccepted]).toEqual([
      ['OVERLOADED', 3],
      ['OUTCOME_UNKNOWN', 4],
    ]);
  });

  test('count while their minute lasts, though the gateway died', () => {
    const dead = (heardMsAgo: number) =>
      of({ gateways: [gateway('one', { heardMsAgo, notAccepted: { OVERLOADED: 2 } })] });
    expect(dead(59_999).notAccepted.size).toBe(1);
    expect(dead(60_000).notAccepted.size).toBe(0);
  });
});

describe('the oldest payment that waits', () => {
  test('is the oldest any engine or gateway tells of', () => {
    expect(of({ workers: [engine('one', { oldestWaitingMs: 40 })] }).oldestWaitingMs).toBe(40);
    expect(
      of({ workers: [engine('one', { oldestWaitingMs: 40 })], gateways: [gateway('one', { oldestOpenMs: 60 })] })
        .oldestWaitingMs,
    ).toBe(60);
    expect(of({ workers: [engine('one')], gateways: [gateway('one')] }).oldestWaitingMs).toBeNull();
  });

  test('is not what a silent one said last: it would stand for ever', () => {
    const told = (heardMsAgo: number) =>
      of({
        workers: [engine('one', { heardMsAgo, oldestWaitingMs: 900 })],
        gateways: [gateway('one', { heardMsAgo, oldestOpenMs: 800 })],
      });
    expect(told(2_500).oldestWaitingMs).toBe(900);
    expect(told(2_501).oldestWaitingMs).toBeNull();
  });
});

test('partitions without an owner and refused late commits are counted', () => {
  const made = of({
    partitions: [
      [3, 'one-id'],
      [4, null],
      [5, null],
    ],
    workers: [engine('one', { fencedCalls: 2 }), engine('two', { fencedCalls: 1 })],
  });
  expect([made.ownerless, made.fencedCalls]).toEqual([2, 3]);
});

describe('what was moved today', () => {
  const yesterday = { date: '2026-11-22', sumByCurrency: { EUR: '90071992547409930' } };
  const open = (from: number, sums: Record<string, string>) => ({
    ...figures({ batches: Object.keys(sums).length, sumByCurrency: sums }),
    from,
    oldestNewAtMs: null,
  });

  test('is unknown while the gateway adds it up', () => {
    expect(of({ movedToday: null }).movedToday).toBeNull();
  });

  test('is the sum through the last closed second and what came since, exactly', () => {
    const made = of({ movedToday: yesterday, open: open(noon, { EUR: '1', JPY: '50000' }) });
    expect([...(made.movedToday ?? [])]).toEqual([
      ['EUR', 90_071_992_547_409_931n],
      ['JPY', 50_000n],
    ]);
  });

  test('tells the currency with most payments first, whatever its name and its sum', () => {
    const sums = { BHD: '90000000', CLP: '80000000', EUR: '1', USD: '2' };
    const today = { ...yesterday, sumByCurrency: sums, countByCurrency: { BHD: 2, EUR: 7, CLP: 2, USD: 6 } };
    const quiet = of({ movedToday: today, open: open(noon, {}) });
    expect([...(quiet.movedToday?.keys() ?? [])]).toEqual(['EUR', 'USD', 'BHD', 'CLP']);
    const since = { ...open(noon, { USD: '1' }), countByCurrency: { USD: 2 } };
    expect([...(of({ movedToday: today, open: since }).movedToday?.keys() ?? [])][0]).toBe('USD');
  });

  test('stands by name when the gateway does not count by currency, as older ones', () => {
    const today = { ...yesterday, sumByCurrency: { USD: '2', EUR: '1', BHD: '3' } };
    const made = of({ movedToday: today, open: open(noon, { CLP: '1' }) });
    expect([...(made.movedToday?.keys() ?? [])]).toEqual(['BHD', 'CLP', 'EUR', 'USD']);
  });

  test('starts at nothing at midnight UTC, though the last closed second is of the day before', () => {
    const before = of({ movedToday: yesterday, madeAtMs: midnight * 1_000 - 1, open: open(midnight, {}) });
    expect(before.movedToday?.get('EUR')).toBe(90_071_992_547_409_930n);
    const quiet = of({ movedToday: yesterday, madeAtMs: midnight * 1_000, open: open(midnight, {}) });
    expect(quiet.movedToday?.size).toBe(0);
    const busy = of({ movedToday: yesterday, madeAtMs: midnight * 1_000 + 300, open: open(midnight, { EUR: '7' }) });
    expect([...(busy.movedToday ?? [])]).toEqual([['EUR', 7n]]);
  });

  test('is still that of the day before while seconds of it are open', () => {
    const made = of({
      movedToday: yesterday,
      madeAtMs: midnight * 1_000 + 100,
      open: open(midnight - 1, { EUR: '70' }),
    });
    expect(made.movedToday?.get('EUR')).toBe(90_071_992_547_410_000n);
  });
});

describe('the last commit', () => {
  const seconds = [closedSecond(noon - 20, { failed: 1 }), ...closedSeconds(noon - 19, 19)];

  test('is now while something is open', () => {
    const open = { ...figures({ failed: 1 }), from: noon, oldestNewAtMs: null };
    expect(boardFigures(seconds, frame({ open }), targets).lastCommitAgoMs).toBe(0);
  });

  test('else at the end of the last busy second, by the clock of the platform', () => {
    const madeAtMs = noon * 1_000 + 250;
    expect(boardFigures(seconds, frame({ madeAtMs }), targets).lastCommitAgoMs).toBe(19_250);
  });

  test('is unknown when nothing was committed in all that is held', () => {
    expect(of({}).lastCommitAgoMs).toBeNull();
  });

  test('is not in the future, though the clocks of gateway and database differ', () => {
    const ahead = [closedSecond(noon + 2, { succeeded: 1 })];
    expect(boardFigures(ahead, frame(), targets).lastCommitAgoMs).toBe(0);
  });
});

test('sources age with the frame that told of them; one that was never heard stays unheard', () => {
  expect(agedSources({ ledgerMs: 100, engineMs: null }, 2_000)).toEqual({ ledgerMs: 2_100, engineMs: null });
});

function of(about: Partial<LiveFrame>) {
  return boardFigures([], frame(about), targets);
}
