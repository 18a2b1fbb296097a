import { beforeEach, describe, expect, it } from 'vitest';
import { GatheringRule, gatheringMemoryMs, gatherMsMax } from './gathering-rule.js';

let nowMs: number;
let open: number;
let rule: GatheringRule;

beforeEach(() => {
  nowMs = 10_000;
  open = 0;
  rule = new GatheringRule();
});

function arrive(): void {
  open += 1;
  rule.arrived(nowMs, open);
}

const waitMs = (gatheredSinceMs = nowMs) => rule.waitMs(nowMs, gatheredSinceMs, open);

/** Callers that each ask again as soon as all were answered, some milliseconds later, for a while. */
function company(callers: number, answeredAfterMs = 4): void {
  for (const endMs = nowMs + 2 * gatheringMemoryMs; nowMs < endMs; nowMs += answeredAfterMs) {
    for (let i = 0; i < callers; i++) arrive();
    open = 0;
  }
}

describe('a lone caller', () => {
  it('waits for nobody, the first time and however fast it comes back', () => {
    for (let i = 0; i < 1_000; i++) {
      arrive();
      expect(waitMs()).toBe(0);
      open -= 1;
      nowMs += 0.3;
    }
  });

  it('waits for nobody once the others have been gone for a while', () => {
    company(16);
    arrive();
    expect(waitMs()).toBeGreaterThan(0);
    open = 0;
    nowMs += 2 * gatheringMemoryMs;
    arrive();
    expect(waitMs()).toBe(0);
  });
});

describe('in company', () => {
  beforeEach(() => company(16));

  it('the first to come back waits for the others, until all are there', () => {
    for (let i = 0; i < 15; i++) {
      arrive();
      expect(waitMs()).toBe(gatherMsMax);
    }
    arrive();
    expect(waitMs()).toBe(0);
  });

  it('those whose answers are still awaited elsewhere are not waited for', () => {
    open = 15;
    arrive();
    expect(waitMs()).toBe(0);
  });

  it('the wait is counted from the first of them, and ends', () => {
    arrive();
    const sinceMs = nowMs;
    nowMs += gatherMsMax / 2;
    arrive();
    expect(waitMs(sinceMs)).toBe(gatherMsMax / 2);
    nowMs += gatherMsMax / 2;
    expect(waitMs(sinceMs)).toBe(0);
  });

  it('more than there ever were go at once, and are expected from then on', () => {
    for (let i = 0; i < 20; i++) arrive();
    expect(waitMs()).toBe(0);
    open = 0;
    for (let i = 0; i < 19; i++) arrive();
    expect(waitMs()).toBe(gatherMsMax);
    arrive();
    expect(waitMs()).toBe(0);
  });
});

it('callers that come too seldom are not waited for, however many were open together once', () => {
  for (let i = 0; i < 4; i++) arrive();
  open = 0;
  nowMs += gatheringMemoryMs;
  arrive();
  expect(waitMs()).toBe(0);
});

it('no wait is longer than its limit, at whatever times whoever comes', () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
  let sinceMs = nowMs;
  for (let i = 0; i < 5_000; i++) {
    nowMs += random() < 0.01 ? random() * 500 : random();
    if (random() < 0.6) arrive();
    else open = Math.max(0, open - Math.floor(random() * 5));
    const wait = waitMs(sinceMs);
    expect(wait, `seed ${seed}`).toBeGreaterThanOrEqual(0);
    expect(nowMs + wait, `seed ${seed}`).toBeLessThanOrEqual(Math.max(nowMs, sinceMs + gatherMsMax));
    if (wait === 0) sinceMs = nowMs;
  }
});
