import type { FastifyRequest } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { ProblemError } from '../http/problem.js';
import { KnownPlaces, type PlaceMemory } from './known-places.js';
import { noStore, type PointStore } from './point-store.js';
import { SignInLimits } from './sign-in-limits.js';

let nowMs = 0;
let shared: Set<string>;
let memory: PlaceMemory;
beforeEach(() => {
  nowMs = 0;
  shared = new Set();
  memory = { keep: async (place) => void shared.add(place), has: async (place) => shared.has(place) };
});

/** A store that has all points that are asked for, up to the limit. */
function storeOf(points: number): PointStore {
  const consumed = new Map<string, number>();
  return {
    isThere: true,
    take: async (key, wanted) => {
      const before = consumed.get(key) ?? 0;
      consumed.set(key, before + wanted);
      const left = Math.max(0, points - before - wanted);
      return { granted: Math.min(wanted, Math.max(0, points - before)), left, endsInMs: 60_000 };
    },
  };
}

const limits = (store: PointStore = storeOf(10)) =>
  new SignInLimits({
    rule: { points: 10, periodSeconds: 60 },
    store: () => store,
    places: new KnownPlaces(memory),
    now: () => nowMs,
  });

const from = (ip: string) => ({ ip, socket: {} }) as FastifyRequest;

async function tries(some: SignInLimits, email: string, addresses: readonly string[]): Promise<number> {
  let passed = 0;
  for (const address of addresses) {
    try {
      await some.enter(email, from(address));
      passed++;
    } catch (error) {
      expect((error as ProblemError).problem.code).toBe('RATE_LIMITED');
      expect(Number((error as ProblemError).headers['retry-after'])).toBeGreaterThan(0);
    }
  }
  return passed;
}

const many = Array.from({ length: 200 }, (_, i) => `192.0.2.${i}`);

describe('sign-ins for one e-mail', () => {
  it('are let through so often, from however many addresses, and however it is written', async () => {
    const some = limits();
    expect(await tries(some, 'ann@example.com', many)).toBe(10);
    expect(await tries(some, 'ANN@Example.com', many)).toBe(0);
    expect(await tries(some, 'bob@example.com', many)).toBe(10);
    expect(some.refusals).toBe(190 + 200 + 190);
  });

  it('go on for its owner while it is flooded, from where the owner signed in before', async () => {
    const some = limits();
    await some.succeeded('ann@example.com', from('198.51.100.7'));
    expect(await tries(some, 'ann@example.com', many)).toBe(10);
    expect(await tries(some, 'Ann@example.com', ['198.51.100.7'])).toBe(1);
    // At another gateway, too.
    expect(await tries(limits(), 'ann@example.com', ['198.51.100.7'])).toBe(1);
    // So it does not wait behind them, either.
    expect(await limits().enter('ann@example.com', from('198.51.100.7'))).toBe(true);
    expect(await limits().enter('ann@example.com', from('192.0.2.1'))).toBe(false);
    // It is no way to guess more, and none for another e-mail.
    expect(await tries(some, 'ann@example.com', new Array(30).fill('198.51.100.7'))).toBe(9);
    expect(await tries(some, 'eve@example.com', ['198.51.100.7', ...many])).toBe(10);
  });

  it('are let through half as often by each gateway while Redis is away', async () => {
    memory = { keep: async () => {}, has: async () => false };
    const some = limits(noStore);
    expect(await tries(some, 'ann@example.com', many)).toBe(5);
    await some.succeeded('ann@example.com', from('198.51.100.7'));
    expect(await tries(some, 'ann@example.com', ['198.51.100.7'])).toBe(1);
    nowMs += 60_000;
    expect(await tries(some, 'ann@example.com', many)).toBe(5);
  });
});

it('what is remembered of a place names neither the e-mail nor the address', async () => {
  await limits().succeeded('ann@example.com', from('198.51.100.7'));
  expect([...shared]).toEqual([expect.stringMatching(/^[\w-]{22}$/)]);
});
