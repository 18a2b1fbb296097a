import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Mailboxes } from '../actor/mailbox.js';
import type { OwnershipEvent } from '../contract/events.js';
import { leaseTtlMs } from '../contract/limits.js';
import { payment } from '../testing/test-engines.js';
import type { Member, Standing } from './active-engines.js';
import { desiredOwner } from './assignment.js';
import { Ownership, type OwnershipParts } from './ownership.js';

const partitions = [0, 1, 2, 3, 4, 5, 6, 7];
const mineOf = (members: readonly string[]) =>
  partitions.filter((partition) => desiredOwner(partition, members) === 'me');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** An engine among others, and what its servers say. */
class Given {
  members = ['me'];
  /** What the others say of themselves. */
  readonly said = new Map<string, Standing>();
  /** What this engine says, in order. */
  readonly says: Standing[] = [];
  silentMs: number | null = 250;
  databaseAnswers = true;
  /** Leases that somebody else has. */
  readonly foreign = new Set<number>();
  readonly leased = new Set<number>();
  readonly served = new Map<number, number>();
  readonly announced: string[] = [];
  renewals = 0;
  takeovers = 0;
  /** By the ledger: what others took over. */
  readonly othersHave = new Map<number, number>();
  takeOver: () => Promise<void> = async () => {};
  readonly mailboxes = new Mailboxes();
  readonly ownership: Ownership;

  constructor(enginesActive: number | null = null) {
    let epoch = 0;
    const say = (standing: Standing) => {
      this.said.set('me', standing);
      if (JSON.stringify(this.says.at(-1)) !== JSON.stringify(standing)) this.says.push(standing);
    };
    const parts = {
      ...{ workerId: 'me', workerName: 'engine-1', partitionCount: partitions.length, mailboxes: this.mailboxes },
      enginesActive,
      protocols: { mayOwn: (members: readonly Member[]) => members },
      membership: {
        beat: async (standing: Standing) => {
          say(standing);
          return { silentMs: this.silentMs, members: this.#list(), nextEndMs: leaseTtlMs, nowMs: performance.now() };
        },
        say: async (standing: Standing) => say(standing),
        leave: async () => {},
      },
      leases: {
        reachable: true,
        acquire: async (partition: number) => {
          if (this.foreign.has(partition)) return false;
          this.leased.add(partition);
          return true;
        },
        renew: async () => {
          this.renewals += 1;
          return [];
        },
        release: async (partition: number) => void this.leased.delete(partition),
      },
      database: {
        nowMs: () => 0,
        query: async () =>
          [...this.othersHave].map(([id, taken]) => ({ id, epoch: String(taken), worker_id: 'other' })),
        queryPastBlockers: async (_text: string, [, taken]: [string, number[]]) => {
          this.takeovers += 1;
          await this.takeOver();
          epoch += 1;
          return taken.map((partition) => ({ partition_id: partition, partition_epoch: String(epoch) }));
        },
      },
      wallets: { forgetPartition: () => {} },
      server: {
        connected: true,
        serve: (partition: number, at: number) => void this.served.set(partition, at),
        stopServing: (partition: number) => void this.served.delete(partition),
        announce: ({ type, partition }: OwnershipEvent) => void this.announced.push(`${type} ${partition}`),
        sayAlive: () => {},
      },
      databaseAnswers: () => this.databaseAnswers,
      log: pino({ level: 'silent' }),
    };
    this.ownership = new Ownership(parts as unknown as OwnershipParts);
    this.ownership.start();
  }

  #list(): Member[] {
    const unsaid = { enginesActive: null, activeSinceMs: 0 };
    return this.members.map((workerId) => ({ workerId, ...(this.said.get(workerId) ?? unsaid) }));
  }

  get servedPartitions(): number[] {
    return [...this.served.keys()].sort();
  }
}

async function started(enginesActive: number | null = null): Promise<Given> {
  const given = new Given(enginesActive);
  await vi.advanceTimersByTimeAsync(1_000);
  return given;
}

describe('an engine', () => {
  test('gives others time to show themselves after its start, then claims what it should have', async () => {
    const given = new Given();
    await vi.advanceTimersByTimeAsync(450);
    expect(given.takeovers).toBe(0);
    given.members = ['me', 'other'];
    await vi.advanceTimersByTimeAsync(400);
    expect(given.servedPartitions).toEqual(mineOf(['me', 'other']));
    expect(given.servedPartitions).not.toEqual(partitions);
  });

  test('serves nothing whose lease is another\u2019s, however much it should have it', async () => {
    const given = new Given();
    given.foreign.add(3);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(given.servedPartitions).toEqual(partitions.filter((partition) => partition !== 3));
  });

  test('gives a lease back when Postgres did not give the partition, and tries again', async () => {
    const given = new Given();
    given.takeOver = () => Promise.reject(new Error('no connection'));
    await vi.advanceTimersByTimeAsync(700);
    expect([given.leased.size, given.served.size]).toEqual([0, 0]);
    given.takeOver = async () => {};
    await vi.advanceTimersByTimeAsync(300);
    expect(given.servedPartitions).toEqual(partitions);
  });

  test('that was not in the list of live ones claims nothing for two seconds: Redis may have lost its data', async () => {
    const given = await started();
    given.ownership.fenced([5]);
    given.silentMs = null;
    await vi.advanceTimersByTimeAsync(300);
    given.silentMs = 250;
    await vi.advanceTimersByTimeAsync(1_500);
    expect(given.ownership.epochOf(5)).toBeUndefined();
    await vi.advanceTimersByTimeAsync(700);
    expect(given.ownership.epochOf(5)).toBe(2);
  });

  test('that Postgres does not answer renews no lease and claims nothing', async () => {
    const given = await started();
    given.databaseAnswers = false;
    const before = given.renewals;
    given.ownership.fenced([5]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([given.renewals, given.takeovers]).toEqual([before, 1]);
    given.databaseAnswers = true;
    await vi.advanceTimersByTimeAsync(300);
    expect(given.renewals).toBeGreaterThan(before);
    expect(given.ownership.epochOf(5)).toBe(2);
  });
});

describe('a partition', () => {
  test('that was fenced is served no more, and its lease is given back', async () => {
    const given = await started();
    given.ownership.fenced([2, 5]);
    expect(given.servedPartitions).toEqual([0, 1, 3, 4, 6, 7]);
    expect([given.leased.has(2), given.leased.has(5)]).toEqual([false, false]);
    expect(given.announced.slice(-2)).toEqual(['LOST 2', 'LOST 5']);
  });

  test('that another one claimed at a higher epoch is lost; the news of an older epoch changes nothing', async () => {
    const given = await started();
    const claimed = { type: 'CLAIMED', partition: 4, workerId: 'other', workerName: 'engine-2', atMs: 0 } as const;
    given.ownership.heard({ ...claimed, epoch: 1 });
    expect(given.ownership.epochOf(4)).toBe(1);
    given.ownership.heard({ ...claimed, epoch: 2 });
    expect(given.ownership.epochOf(4)).toBeUndefined();
  });

  test('that another one released at a higher epoch was lost before, unheard: it is claimed anew', async () => {
    const given = await started();
    const released = { type: 'RELEASED', partition: 4, workerId: 'other', workerName: 'engine-2', atMs: 0 } as const;
    given.ownership.heard({ ...released, epoch: 1 });
    expect(given.ownership.epochOf(4)).toBe(1);
    given.ownership.heard({ ...released, epoch: 5 });
    expect(given.announced.at(-1)).toBe('LOST 4');
    await vi.advanceTimersByTimeAsync(10);
    expect(given.ownership.epochOf(4)).toBe(2);
  });

  test('that was taken over while this engine was silent is lost by the ledger\u2019s word, though its lease was free again', async () => {
    const given = await started();
    given.othersHave.set(3, 7);
    given.silentMs = leaseTtlMs + 500;
    await vi.advanceTimersByTimeAsync(300);
    expect(given.ownership.epochOf(3)).toBeUndefined();
    expect(given.servedPartitions).toEqual(partitions.filter((partition) => partition !== 3));
  });

  test('that somebody else should have takes nothing more, is drained, and only then released', async () => {
    const given = await started();
    const members = ['me', 'other'];
    const leaving = partitions.filter((partition) => !mineOf(members).includes(partition))[0] as number;
    given.mailboxes.offer(
      leaving,
      payment('a', 'b', 1n),
      { deadlineAt: performance.now() + 60_000, bytes: 100 },
      () => {},
    );
    const [pending] = given.mailboxes.take(1);
    given.members = members;
    await vi.advanceTimersByTimeAsync(600);
    expect(given.servedPartitions).toEqual(mineOf(members));
    expect([given.ownership.epochOf(leaving), given.leased.has(leaving)]).toEqual([1, true]);
    given.mailboxes.answer(pending as NonNullable<typeof pending>, 'done');
    await vi.advanceTimersByTimeAsync(10);
    expect([given.ownership.epochOf(leaving), given.leased.has(leaving)]).toEqual([undefined, false]);
    expect(given.announced).toContain(`RELEASED ${leaving}`);
  });

  test('whose epoch this engine raised to settle a call is served at the new one; what it does not hold any more is lost', async () => {
    const given = await started();
    given.ownership.epochsRaised(partitions.filter((each) => each !== 6).map((partition) => ({ partition, epoch: 9 })));
    expect(given.served.get(0)).toBe(9);
    expect(given.ownership.epochOf(6)).toBeUndefined();
  });
});

describe('of two engines one of which is active', () => {
  const oneActive = (activeSinceMs: number) => ({ enginesActive: 1, activeSinceMs });
  const released = (partition: number, workerId: string) =>
    ({ type: 'RELEASED', partition, epoch: 1, workerId, workerName: 'engine-2', atMs: 0 }) as const;

  test('the other stands by, and takes all over at the beat that does not see the first any more', async () => {
    const given = new Given(1);
    given.members = ['me', 'other'];
    given.said.set('other', oneActive(5));
    await vi.advanceTimersByTimeAsync(1_000);
    expect([given.takeovers, given.ownership.standsBy]).toEqual([0, true]);
    given.members = ['me'];
    await vi.advanceTimersByTimeAsync(250);
    expect(given.servedPartitions).toEqual(partitions);
    expect([given.takeovers, given.ownership.standsBy]).toEqual([1, false]);
  });

  test('the one that takes over has said so before it holds a lease, and the one it took over from stays behind it', async () => {
    const given = new Given(1);
    given.members = ['me', 'other'];
    given.said.set('other', oneActive(5));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(given.says).toEqual([oneActive(0)]);
    let saidAtTakeover: Standing | undefined;
    given.takeOver = async () => {
      saidAtTakeover = given.said.get('me');
    };
    given.members = ['me'];
    await vi.advanceTimersByTimeAsync(250);
    expect(saidAtTakeover?.activeSinceMs).toBeGreaterThan(5);
    // It was paused, and knows nothing of it.
    given.members = ['me', 'other'];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(given.servedPartitions).toEqual(partitions);
    expect(given.announced.filter((event) => event.startsWith('RELEASED'))).toEqual([]);
  });

  test('the active one hands over to one that became active later, and stands by from then on', async () => {
    const given = await started(1);
    const mine = given.says.at(-1)?.activeSinceMs as number;
    expect(mine).toBeGreaterThan(0);
    given.members = ['me', 'other'];
    given.said.set('other', oneActive(mine + 1));
    await vi.advanceTimersByTimeAsync(300);
    expect([given.servedPartitions, given.ownership.standsBy]).toEqual([[], true]);
    expect(given.announced.filter((event) => event.startsWith('RELEASED'))).toHaveLength(partitions.length);
    await vi.advanceTimersByTimeAsync(500);
    expect(given.says.at(-1)).toEqual(oneActive(0));
  });

  test('the active one is not moved by one that joins', async () => {
    const given = await started(1);
    given.members = ['a', 'me'];
    given.said.set('a', oneActive(0));
    await vi.advanceTimersByTimeAsync(2_000);
    expect([given.servedPartitions, given.takeovers]).toEqual([partitions, 1]);
  });

  test('the one that stands by claims at once what a leaving one releases, though it is still in the list', async () => {
    const given = new Given(1);
    given.members = ['me', 'other'];
    given.said.set('other', oneActive(5));
    await vi.advanceTimersByTimeAsync(900);
    for (const partition of partitions) given.ownership.heard(released(partition, 'other'));
    await vi.advanceTimersByTimeAsync(10);
    expect(given.servedPartitions).toEqual(partitions);
  });

  test('what an active one hands to another active one is no concern of one that stands by', async () => {
    const given = new Given(2);
    given.members = ['a', 'b', 'me'];
    given.said.set('a', { enginesActive: 2, activeSinceMs: 5 });
    given.said.set('b', { enginesActive: 2, activeSinceMs: 6 });
    await vi.advanceTimersByTimeAsync(900);
    const toB = partitions.filter((partition) => desiredOwner(partition, ['a', 'b']) === 'b');
    for (const partition of toB) given.ownership.heard(released(partition, 'a'));
    await vi.advanceTimersByTimeAsync(100);
    expect(given.takeovers).toBe(0);
  });

  test('both are active while one of a version that knows of no such thing is there', async () => {
    const given = await started(1);
    given.members = ['me', 'old'];
    await vi.advanceTimersByTimeAsync(300);
    expect(given.servedPartitions).toEqual(mineOf(['me', 'old']));
    given.members = ['me'];
    await vi.advanceTimersByTimeAsync(300);
    expect(given.servedPartitions).toEqual(partitions);
  });
});
