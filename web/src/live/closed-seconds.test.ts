import type { ClosedSecond } from '@smart-wallet/engine/contract/live.js';
import { describe, expect, test } from 'vitest';
import { closedSecond, closedSeconds, noon } from '../testing/live-data.js';
import { seededRandom } from '../testing/seeded-random.js';
import { appendSeconds, readHistory } from './closed-seconds.js';

describe('closed seconds', () => {
  test('go on where those held end', () => {
    expect(numbers(appendSeconds(closedSeconds(noon, 2), closedSeconds(noon + 2, 2)))).toEqual(run(noon, 4));
  });

  test('begin anywhere when none is held', () => {
    expect(numbers(appendSeconds([], closedSeconds(noon, 2)))).toEqual(run(noon, 2));
  });

  test('that are held already stay as they are', () => {
    const held = closedSeconds(noon, 3, { succeeded: 1 });
    const seconds = appendSeconds(held, closedSeconds(noon + 1, 3, { succeeded: 2 }));
    expect(seconds?.map(({ succeeded }) => succeeded)).toEqual([1, 1, 1, 2]);
  });

  test('that bring nothing new leave the list untouched, so that nothing is drawn anew', () => {
    const held = closedSeconds(noon, 3);
    expect(appendSeconds(held, [])).toBe(held);
    expect(appendSeconds(held, closedSeconds(noon, 3))).toBe(held);
  });

  test('with a hole before them or among them are refused', () => {
    expect(appendSeconds(closedSeconds(noon, 3), closedSeconds(noon + 4, 1))).toBeNull();
    expect(appendSeconds([], [closedSecond(noon), closedSecond(noon + 2)])).toBeNull();
    expect(appendSeconds(closedSeconds(noon, 2), [closedSecond(noon + 2), closedSecond(noon + 5)])).toBeNull();
  });

  test('are 900 at most, the newest ones', () => {
    const full = closedSeconds(noon, 900);
    expect(numbers(appendSeconds(full, closedSeconds(noon + 900, 3)))).toEqual(run(noon + 3, 900));
    expect(numbers(appendSeconds([], closedSeconds(noon, 2_000)))).toEqual(run(noon + 1_100, 900));
  });

  test('told in pieces that repeat themselves are each there once, in order', () => {
    const random = seededRandom();
    const all = closedSeconds(noon, 1_500);
    let held: readonly ClosedSecond[] = [];
    for (let told = 0; told < all.length; ) {
      const from = Math.max(0, told - random.below(20));
      const to = Math.min(all.length, told + random.below(12));
      held = appendSeconds(held, all.slice(from, to)) ?? [];
      told = Math.max(told, to);
      expect(held.length).toBe(Math.min(told, 900));
      expect(numbers(held)).toEqual(run(noon + told - held.length, held.length));
    }
  });
});

describe("a snapshot's history", () => {
  test('is read from bytes, in either of their forms', () => {
    const seconds = closedSeconds(noon, 2, { sumByCurrency: { EUR: '9007199254740993' } });
    const bytes = new TextEncoder().encode(JSON.stringify(seconds));
    expect(readHistory(bytes)).toEqual(seconds);
    expect(readHistory(bytes.slice().buffer)).toEqual(seconds);
  });

  test('that is no list of seconds is a fault', () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    expect(() => readHistory(bytes('{}'))).toThrow('the history is not a list');
    expect(() => readHistory(bytes('[{'))).toThrow(SyntaxError);
  });
});

function numbers(seconds: readonly ClosedSecond[] | null): number[] | undefined {
  return seconds?.map(({ second }) => second);
}

function run(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}
