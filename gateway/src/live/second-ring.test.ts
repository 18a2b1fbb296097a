import type { ClosedSecond } from '@smart-wallet/engine/contract/live.js';
import { describe, expect, it } from 'vitest';
import { CommittedSum } from './committed-sum.js';
import { SecondRing } from './second-ring.js';

const closed = (second: number): ClosedSecond => ({ second, ...new CommittedSum().figures() });
const numbers = (seconds: ClosedSecond[]) => seconds.map(({ second }) => second);

function ringOf(capacity: number, from: number, count: number): SecondRing {
  const ring = new SecondRing(capacity);
  for (let i = 0; i < count; i++) ring.push(closed(from + i));
  return ring;
}

describe('the history', () => {
  it('holds the last seconds, and says how far it reaches', () => {
    const ring = ringOf(5, 100, 12);
    expect([ring.before, ring.newest]).toEqual([106, 111]);
    expect([ring.reaches(105), ring.reaches(106), ring.reaches(111), ring.reaches(200)]).toEqual([
      false,
      true,
      true,
      true,
    ]);
    expect(numbers(ring.after(108))).toEqual([109, 110, 111]);
    expect(numbers(ring.after(0))).toEqual([107, 108, 109, 110, 111]);
    expect(ring.after(111)).toEqual([]);
    expect(ring.after(150)).toEqual([]);
  });

  it('takes seconds in order only', () => {
    const ring = ringOf(5, 100, 2);
    expect(() => ring.push(closed(101))).toThrow('101');
    expect(() => ring.push(closed(103))).toThrow('103');
  });

  it('is encoded once for all who ask before the next second closes', () => {
    const ring = ringOf(5, 100, 3);
    const first = ring.encodedAfter(100);
    expect(ring.encodedAfter(100)).toBe(first);
    expect(JSON.parse(first.toString())).toEqual([closed(101), closed(102)]);
    ring.push(closed(103));
    expect(numbers(JSON.parse(ring.encodedAfter(100).toString()))).toEqual([101, 102, 103]);
  });

  it('is empty at the start and after it was cleared', () => {
    const ring = ringOf(5, 100, 3);
    ring.clear();
    expect([ring.newest, ring.before, ring.reaches(100)]).toEqual([null, null, false]);
    expect(ring.encodedAfter(0).toString()).toBe('[]');
    ring.push(closed(7));
    expect(numbers(ring.after(0))).toEqual([7]);
  });
});
