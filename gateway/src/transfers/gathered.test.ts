import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Gathered, gatheredPaymentsMax } from './gathered.js';
import { gatheringMemoryMs, gatherMsMax } from './gathering-rule.js';

let nowMs: number;
let open: number;
let left: string[][];
let gathered: Gathered<string>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout'] });
  nowMs = 1_000;
  open = 0;
  left = [];
  gathered = new Gathered({ now: () => nowMs, open: () => open, leave: (items) => left.push(items) });
});
afterEach(() => vi.useRealTimers());

function add(item: string, payments = 1): void {
  open += 1;
  gathered.add(item, payments);
}

/** The end of this turn of the event loop. */
const endTurn = () => vi.advanceTimersByTime(0);

function pass(ms: number): void {
  nowMs += ms;
  vi.advanceTimersByTime(ms);
}

/** Eight callers that come together, for a while; all are answered. */
function company(): void {
  for (const endMs = nowMs + 2 * gatheringMemoryMs; nowMs < endMs; pass(4)) {
    for (const item of '12345678') add(item);
    endTurn();
    open = 0;
  }
  left = [];
}

it('what a lone caller asks for leaves at the end of the turn', () => {
  for (let i = 0; i < 100; i++) {
    left = [];
    add('a');
    expect(left).toEqual([]);
    endTurn();
    expect(left).toEqual([['a']]);
    expect(vi.getTimerCount()).toBe(0);
    open = 0;
    pass(1);
  }
});

describe('in company', () => {
  beforeEach(company);

  it('what comes in several turns leaves together, in order, once everybody is there', () => {
    add('a');
    endTurn();
    for (const item of 'bcdefg') add(item);
    endTurn();
    expect(left).toEqual([]);
    add('h');
    endTurn();
    expect(left).toEqual([[...'abcdefgh']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('nobody waits for those who stay away for longer than the limit', () => {
    add('a');
    endTurn();
    add('b');
    endTurn();
    expect(left).toEqual([]);
    pass(gatherMsMax);
    expect(left).toEqual([['a', 'b']]);
    pass(1_000);
    expect(left).toHaveLength(1);
  });

  it('a gateway that stood still sends what it holds as soon as it goes on', () => {
    add('a');
    endTurn();
    nowMs += 10_000;
    add('b');
    endTurn();
    expect(left).toEqual([['a', 'b']]);
  });

  it('as much as fills a message waits for nothing', () => {
    add('a');
    endTurn();
    add('many', gatheredPaymentsMax);
    endTurn();
    expect(left).toEqual([['a', 'many']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('what comes after a departure has a wait of its own', () => {
    add('a');
    endTurn();
    pass(gatherMsMax);
    add('b');
    endTurn();
    expect(left).toEqual([['a']]);
    pass(gatherMsMax);
    expect(left).toEqual([['a'], ['b']]);
  });
});
