import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { describe, expect, it } from 'vitest';
import { ClosingRule, clockBackSecondsMax } from './closing-rule.js';

describe('a second', () => {
  const look = (clockMs: number, oldestRunning: bigint, mark: bigint | null = null) => ({
    clockMs,
    oldestRunning,
    mark,
  });

  it('is closed by a later look, when everything older than its mark has ended', () => {
    const rule = new ClosingRule();
    expect(rule.wantsMark(10_500)).toBe(true);
    rule.observe(look(10_500, 70n, 77n));
    expect([rule.closedBefore, rule.waits]).toEqual([null, true]);
    rule.observe(look(10_600, 76n));
    expect(rule.closedBefore).toBeNull();
    rule.observe(look(10_700, 77n));
    expect([rule.closedBefore, rule.waits]).toEqual([10, false]);
  });

  it('is never closed by the look that marked it: its snapshot is older than the mark', () => {
    const rule = new ClosingRule();
    rule.observe(look(10_500, 77n, 77n));
    expect(rule.closedBefore).toBeNull();
  });

  it('is marked once, and not before it is over', () => {
    const rule = new ClosingRule();
    rule.observe(look(10_500, 70n, 77n));
    expect(rule.wantsMark(10_999)).toBe(false);
    expect(rule.wantsMark(11_000)).toBe(true);
  });

  it('waits for what began in it, and the next ones wait in line behind it', () => {
    const rule = new ClosingRule();
    rule.observe(look(10_000, 50n, 60n));
    rule.observe(look(11_000, 50n, 70n));
    rule.observe(look(12_000, 65n, 80n));
    expect(rule.closedBefore).toBe(10);
    rule.observe(look(12_100, 80n));
    expect(rule.closedBefore).toBe(12);
  });

  it('waits with any number of others in bounded memory, and all close together', () => {
    const rule = new ClosingRule();
    for (let i = 0; i < 5_000; i++) rule.observe(look(10_000 + i * 1_000, 50n, 60n + BigInt(i)));
    expect(rule.closedBefore).toBeNull();
    rule.observe(look(5_010_000, 10_000n));
    expect(rule.closedBefore).toBe(5_009);
  });

  it('that is closed stays closed when the clock goes back a little; far back, nothing is known any more', () => {
    const rule = new ClosingRule();
    rule.observe(look(100_000, 50n, 60n));
    rule.observe(look(100_100, 60n));
    expect(rule.observe(look(98_000, 70n, 71n))).toBe(true);
    expect(rule.closedBefore).toBe(100);
    expect(rule.observe(look((100 - clockBackSecondsMax - 1) * 1_000, 80n))).toBe(false);
  });

  it('needs a new mark after a lost connection', () => {
    const rule = new ClosingRule();
    rule.observe(look(10_000, 50n, 60n));
    rule.forgetMarks();
    rule.observe(look(10_100, 90n));
    expect(rule.closedBefore).toBeNull();
    expect(rule.wantsMark(10_200)).toBe(true);
  });
});

/**
 * A server that gives out ids in order, and transactions that take theirs, read the clock later, and commit later still. Its
 * snapshots tell what Postgres' tell.
 */
describe('of any run of transactions', () => {
  it.each(Array.from({ length: 40 }, (_, i) => i + 1))('no second closes before its last commit (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const running = new Map<bigint, { writtenIn: number | null; endsAtMs: number }>();
    const rule = new ClosingRule();
    let nextId = 100n;
    for (let clockMs = 1_000_000; clockMs < 1_020_000; clockMs += 1 + Math.floor(random() * 60)) {
      for (const [id, { endsAtMs }] of running) if (endsAtMs <= clockMs) running.delete(id);
      for (const transaction of running.values()) {
        if (transaction.writtenIn === null && random() < 0.5) transaction.writtenIn = Math.floor(clockMs / 1_000);
      }
      if (random() < 0.6) {
        const lateMs = random() < 0.05 ? 3_000 : 80;
        running.set(nextId++, { writtenIn: null, endsAtMs: clockMs + 60 + random() * lateMs });
      }
      if (random() < 0.4) {
        const oldestRunning = [...running.keys()].reduce((oldest, id) => (id < oldest ? id : oldest), nextId);
        rule.observe({ clockMs, oldestRunning, mark: rule.wantsMark(clockMs) ? nextId++ : null });
      }
      for (const { writtenIn } of running.values()) {
        if (writtenIn !== null) expect(writtenIn).toBeGreaterThanOrEqual(rule.closedBefore ?? 0);
      }
    }
    expect(rule.closedBefore).toBeGreaterThan(1_010);
  });
});
