import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Mailboxes } from '../actor/mailbox.js';
import type { EngineHeartbeat, OwnershipEvent } from '../contract/events.js';
import { leaseTtlMs } from '../contract/limits.js';
import { activeEngines, type Member, type Standing } from './active-engines.js';
import { Ownership, type OwnershipParts } from './ownership.js';

const partitionCount = 16;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Several engines, whole as far as ownership goes, on a Redis, a NATS and a ledger that keep to their word in memory. */
class Together {
  readonly engines = new Map<string, TestedEngine>();
  /** By Redis: the last beat and word of each engine, and the leases. */
  readonly beats = new Map<string, { atMs: number; standing: Standing }>();
  readonly leases = new Map<number, { holder: string; untilMs: number }>();
  /** By the ledger. */
  readonly owners: { epoch: number; workerId: string | null }[] = [];
  moves = 0;
  #ids = 0;

  constructor() {
    for (let i = 0; i < partitionCount; i += 1) this.owners.push({ epoch: 0, workerId: null });
  }

  start(enginesActive: number | null): TestedEngine {
    this.#ids += 1;
    const engine = new TestedEngine(this, `id-${String(this.#ids).padStart(3, '0')}`, enginesActive);
    this.engines.set(engine.workerId, engine);
    return engine;
  }

  hear(event: OwnershipEvent): void {
    for (const engine of this.engines.values()) if (engine.runs) engine.ownership.heard(event);
  }

  flushRedis(): void {
    this.beats.clear();
    this.leases.clear();
  }

  /** By the ledger; and those who own serve just that. */
  ownerIds(about = ''): string[] {
    const owners = new Set(this.owners.map(({ workerId }) => workerId as string));
    for (const [partition, { epoch, workerId }] of this.owners.entries())
      expect(this.engines.get(workerId as string)?.served.get(partition), `partition ${partition} ${about}`).toBe(
        epoch,
      );
    return [...owners];
  }

  live(): TestedEngine[] {
    return [...this.engines.values()].filter((engine) => engine.runs);
  }
}

class TestedEngine {
  /** False: killed, or paused. */
  runs = true;
  databaseAnswers = true;
  readonly served = new Map<number, number>();
  readonly ownership: Ownership;
  standsBy: boolean | undefined;

  constructor(
    private readonly together: Together,
    readonly workerId: string,
    readonly enginesActive: number | null,
  ) {
    const { leases, beats, owners } = together;
    const mine = (partition: number) => leases.get(partition)?.holder === workerId;
    const isFree = (partition: number) => (leases.get(partition)?.untilMs ?? 0) <= performance.now();
    const take = (partition: number) =>
      void leases.set(partition, { holder: workerId, untilMs: performance.now() + leaseTtlMs });
    const acquired = new Set<number>();
    const parts = {
      ...{ workerId, workerName: workerId, partitionCount, enginesActive, mailboxes: new Mailboxes() },
      protocols: { mayOwn: (members: readonly Member[]) => members },
      membership: {
        beat: async (standing: Standing) => this.#whileRunning(() => this.#beat(standing)),
        say: async (standing: Standing) => {
          const beat = beats.get(workerId);
          if (beat) beats.set(workerId, { ...beat, standing });
        },
        leave: async () => void beats.delete(workerId),
      },
      leases: {
        reachable: true,
        acquire: async (partition: number) => {
          if (!isFree(partition)) return false;
          take(partition);
          acquired.add(partition);
          return true;
        },
        renew: () =>
          this.#whileRunning(() => {
            const lost = [...acquired].filter((partition) => !isFree(partition) && !mine(partition));
            for (const partition of acquired) if (!lost.includes(partition)) take(partition);
            return lost;
          }),
        release: async (partition: number) => {
          acquired.delete(partition);
          if (mine(partition)) leases.delete(partition);
        },
      },
      database: {
        nowMs: () => 0,
        query: async () => owners.map(({ epoch, workerId: owner }, id) => ({ id, epoch, worker_id: owner })),
        queryPastBlockers: async (_text: string, [, taken]: [string, number[]]) =>
          taken.map((partition) => {
            const owner = owners[partition] as (typeof owners)[0];
            owner.epoch += 1;
            if (owner.workerId !== null) together.moves += 1;
            owner.workerId = workerId;
            return { partition_id: partition, partition_epoch: String(owner.epoch) };
          }),
      },
      wallets: { forgetPartition: () => {} },
      server: {
        connected: true,
        serve: (partition: number, at: number) => void this.served.set(partition, at),
        stopServing: (partition: number) => void this.served.delete(partition),
        announce: (event: OwnershipEvent) => together.hear(event),
        sayAlive: ({ standsBy }: EngineHeartbeat) => {
          this.standsBy = standsBy;
        },
      },
      databaseAnswers: () => this.databaseAnswers,
      log: pino({ level: 'silent' }),
    };
    this.ownership = new Ownership(parts as unknown as OwnershipParts);
    this.ownership.start();
  }

  async leave(): Promise<void> {
    await this.ownership.leave();
    this.runs = false;
  }

  /** Where it is paused it hears nothing, and what it asked Redis is not answered. */
  async #whileRunning<T>(work: () => T): Promise<T> {
    if (!this.runs) throw new Error('it does not run');
    return work();
  }

  #beat(standing: Standing) {
    const { beats } = this.together;
    const nowMs = performance.now();
    const silentMs = beats.has(this.workerId) ? nowMs - (beats.get(this.workerId)?.atMs as number) : null;
    beats.set(this.workerId, { atMs: nowMs, standing });
    const live = [...beats].filter(([, { atMs }]) => atMs + leaseTtlMs > nowMs);
    const nextEndMs = Math.min(...live.map(([, { atMs }]) => atMs + leaseTtlMs - nowMs));
    return { silentMs, members: live.map(([workerId, beat]) => ({ workerId, ...beat.standing })), nextEndMs, nowMs };
  }
}

const settle = (ms = 4_000) => vi.advanceTimersByTimeAsync(ms);

async function running(count: number, enginesActive: number | null) {
  const together = new Together();
  const engines = Array.from({ length: count }, () => together.start(enginesActive));
  await settle();
  return { together, engines: engines as [TestedEngine, TestedEngine, TestedEngine] };
}

/** The one that owns everything. */
function only(together: Together): TestedEngine {
  const owners = together.ownerIds();
  expect(owners).toHaveLength(1);
  return together.engines.get(owners[0] as string) as TestedEngine;
}

describe('engines of which one is active', () => {
  test('agree on it, and the others say that they stand by', async () => {
    const { together, engines } = await running(3, 1);
    expect(only(together)).toBe(engines[0]);
    expect(engines.map(({ standsBy }) => standsBy)).toEqual([false, true, true]);
    expect(together.moves).toBe(0);
  });

  test('pass its partitions on once where it dies, and leave them there when it is started again', async () => {
    const { together, engines } = await running(2, 1);
    engines[0].runs = false;
    await settle(1_300);
    expect(only(together)).toBe(engines[1]);
    together.start(1);
    await settle();
    expect([only(together), together.moves]).toEqual([engines[1], partitionCount]);
  });

  test.each(['is paused', 'is cut off from Postgres'])(
    'leave them where they are when one that %s comes back',
    async (what) => {
      const { together, engines } = await running(3, 1);
      const active = engines[0];
      const away = (isAway: boolean) => {
        if (what === 'is paused') active.runs = !isAway;
        else active.databaseAnswers = !isAway;
      };
      for (let round = 1; round <= 3; round += 1) {
        away(true);
        await settle(1_300);
        const heir = only(together);
        expect(heir).not.toBe(active);
        away(false);
        await settle();
        expect([only(together), together.moves]).toEqual([heir, partitionCount]);
        expect([active.standsBy, active.served.size]).toEqual([true, 0]);
      }
    },
  );

  test('move nothing when Redis loses its data', async () => {
    const { together, engines } = await running(3, 1);
    for (let round = 0; round < 5; round += 1) {
      together.flushRedis();
      await settle(3_000 + 70 * round);
    }
    expect([only(together), together.moves]).toEqual([engines[0], 0]);
  });

  test('hand over at once when it leaves', async () => {
    const { together, engines } = await running(2, 1);
    await engines[0].leave();
    await vi.advanceTimersByTimeAsync(10);
    expect(only(together)).toBe(engines[1]);
  });

  test('restarted one after the other move everything once each time an owner goes, and never else', async () => {
    const { together, engines } = await running(3, 1);
    for (const engine of engines) {
      const wasActive = only(together) === engine;
      const before = together.moves;
      await engine.leave();
      await settle(1_000);
      together.start(1);
      await settle();
      expect(together.moves - before).toBe(wasActive ? partitionCount : 0);
    }
  });
});

describe('engines that were told different numbers', () => {
  test('that go from all to one: all own while an old one lives, then one', async () => {
    const { together, engines } = await running(2, null);
    expect(together.ownerIds()).toHaveLength(2);
    for (const engine of engines) {
      together.start(1);
      await settle();
      await engine.leave();
      await settle();
      expect(together.ownerIds()).toHaveLength(engine === engines[0] ? 2 : 1);
    }
  });

  test('that go from one to two: two own once the first was told so', async () => {
    const { together } = await running(2, 1);
    together.start(2);
    await settle();
    expect(together.ownerIds()).toHaveLength(2);
  });
});

test('whatever happens to engines, each partition ends with one owner, as many own as should, and then nothing moves', async () => {
  const seed = Number(process.env.FAULT_SEED) || Math.floor(Math.random() * 2 ** 32);
  const random = seededRandom(seed);
  const pick = <T>(all: readonly T[]) => all[Math.floor(random() * all.length)] as T;
  for (let round = 0; round < 15; round += 1) {
    const count = pick([1, 1, 2, null]);
    const { together } = await running(1 + Math.floor(random() * 4), count);
    const paused = new Set<TestedEngine>();
    for (let event = 0; event < 8; event += 1) {
      const engine = pick([...together.live(), ...paused]);
      const happen = pick([
        () => together.start(count),
        () => together.flushRedis(),
        () => {
          engine.runs = paused.has(engine);
          paused.delete(engine);
          if (!engine.runs) paused.add(engine);
        },
        () => void (engine.runs && together.live().length > 1 && engine.leave()),
        () => {
          engine.databaseAnswers = !engine.databaseAnswers;
        },
      ]);
      happen();
      await settle(Math.floor(random() * 2_500));
    }
    for (const engine of paused) engine.runs = true;
    for (const engine of together.engines.values()) engine.databaseAnswers = true;
    if (together.live().length === 0) together.start(count);
    await settle(8_000);
    const live = together.live();
    const owners = together.ownerIds(`FAULT_SEED=${seed}, round ${round}`);
    const active = activeEngines([...together.beats].map(([workerId, { standing }]) => ({ workerId, ...standing })));
    expect(active, `FAULT_SEED=${seed}, round ${round}`).toHaveLength(Math.min(count ?? live.length, live.length));
    expect(active, `FAULT_SEED=${seed}, round ${round}`).toEqual(expect.arrayContaining(owners));
    const moves = together.moves;
    await settle(5_000);
    expect(together.moves, `FAULT_SEED=${seed}, round ${round}`).toBe(moves);
    await Promise.all(live.map((one) => one.leave()));
  }
});
