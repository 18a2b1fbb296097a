import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Mailboxes } from '../actor/mailbox.js';
import type { OwnershipEvent } from '../contract/events.js';
import { leaseTtlMs } from '../contract/limits.js';
import { payment } from '../testing/test-engines.js';
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

  constructor() {
    let epoch = 0;
    const parts = {
      ...{ workerId: 'me', workerName: 'engine-1', partitionCount: partitions.length, mailboxes: this.mailboxes },
      membership: {
        beat: async () => ({ silentMs: this.silentMs, members: this.members, nextEndMs: leaseTtlMs }),
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

  get servedPartitions(): number[] {
    return [...this.served.keys()].sort();
  }
}

async function started(): Promise<Given> {
  const given = new Given();
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
