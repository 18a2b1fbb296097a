import { expect, test } from 'vitest';
import { cpuOfParts, type Process } from './cpu-time.js';

const running = (parent: number, ownTicks: number, endedTicks = 0): Process => ({ parent, ownTicks, endedTicks });

test("a part's time is that of its processes, their descendants, and the children that ended", () => {
  const processes = new Map([
    // Postgres: its backends are its children, and those of closed connections count with it.
    [10, running(1, 5, 100)],
    [11, running(10, 20)],
    [12, running(11, 3)],
    // Two engines, and a gateway.
    [20, running(1, 7)],
    [21, running(1, 8)],
    [30, running(1, 9)],
    // Somebody else's.
    [40, running(1, 1_000)],
  ]);
  expect(cpuOfParts(processes, { postgres: [10], engines: [20, 21], gateway: [30] })).toEqual({
    postgres: 1_280,
    engines: 150,
    gateway: 90,
  });
});

test('a process that runs elsewhere leaves nothing to tell of any part', () => {
  expect(cpuOfParts(new Map([[20, running(1, 7)]]), { engines: [20], postgres: [null] })).toBeNull();
});

test('a process that ended has used nothing that could be read', () => {
  expect(cpuOfParts(new Map(), { engines: [20] })).toEqual({ engines: 0 });
});
