import type { Logger } from 'pino';
import type { Mailboxes } from '../actor/mailbox.js';
import type { WalletCache } from '../actor/wallet-cache.js';
import type { OwnershipEvent } from '../contract/events.js';
import { heartbeatEveryMs } from '../contract/limits.js';
import type { Database } from '../database.js';
import type { CommandServer } from '../transport/command-server.js';
import { desiredOwner } from './assignment.js';
import type { Leases } from './leases.js';
import type { Beat, Membership } from './membership.js';
import { type HeldPartition, readOwners, takeOver } from './ownership-store.js';

interface Held {
  epoch: number;
  /** Intake is closed; what is in the mailbox is being finished. */
  leaving: boolean;
}

export interface OwnershipParts {
  readonly workerId: string;
  readonly workerName: string;
  readonly partitionCount: number;
  readonly membership: Membership;
  readonly leases: Leases;
  readonly database: Database;
  readonly mailboxes: Mailboxes;
  readonly wallets: WalletCache;
  readonly server: CommandServer;
  readonly log: Logger;
}

/** After a start or a lost membership: time for live owners to show themselves before anyone claims. */
const firstClaimAfterMs = heartbeatEveryMs;
const claimAfterLossMs = 2 * heartbeatEveryMs;
/** Releases that arrive together are claimed in one database call. */
const claimTogetherMs = 5;

/**
 * Which partitions this engine holds, and how it comes by them and parts with them.
 *
 *   free ── lease, then a higher epoch in Postgres ──→ held ── somebody else should have it, or SIGTERM ──→ leaving
 *    ↑                                                  │                                                     │
 *    └──────── fenced, or the lease is another's ───────┘          └──── drained, lease released, announced ──┘
 *
 * While Redis is away nothing changes hands: owners go on until Postgres fences them.
 */
export class Ownership {
  readonly #held = new Map<number, Held>();
  #members: string[] = [];
  #claimsFrom = performance.now() + firstClaimAfterMs;
  #beats = 0;
  #toClaim = new Set<number>();
  #claiming: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #ticking = false;
  #leaving = false;
  fencedCalls = 0;
  unknownCalls = 0;
  #claimed = 0;
  #handedOver = 0;
  #lost = 0;

  constructor(private readonly parts: OwnershipParts) {}

  start(): void {
    this.#timer = setInterval(() => void this.#tick(), heartbeatEveryMs);
    void this.#tick();
  }

  epochOf(partition: number): number | undefined {
    return this.#held.get(partition)?.epoch;
  }

  epochs(): [partition: number, epoch: number][] {
    return [...this.#held].map(([partition, { epoch }]) => [partition, epoch]);
  }

  /** Partitions since the engine started. */
  *changeCounts(): Iterable<[change: string, count: number]> {
    yield ['claimed', this.#claimed];
    yield ['handed over', this.#handedOver];
    yield ['lost', this.#lost];
  }

  /** Stops claiming, finishes what is in the mailboxes and hands every partition over. */
  async leave(): Promise<void> {
    this.#leaving = true;
    clearInterval(this.#timer);
    await this.parts.membership.leave().catch(() => {});
    await this.#claiming;
    await Promise.all([...this.#held.keys()].map((partition) => this.#handOver(partition)));
  }

  /** Postgres refused a call for these: they have new owners. */
  fenced(partitions: readonly number[]): void {
    this.fencedCalls += 1;
    for (const partition of partitions) this.#lose(partition);
  }

  /** This engine raised its own epochs, to settle a call of unknown outcome. */
  epochsRaised(held: readonly HeldPartition[]): void {
    this.unknownCalls += 1;
    const epochs = new Map(held.map(({ partition, epoch }) => [partition, epoch]));
    for (const [partition, mine] of this.#held) {
      const epoch = epochs.get(partition);
      if (epoch === undefined) {
        this.#lose(partition);
        continue;
      }
      mine.epoch = epoch;
      if (mine.leaving) continue;
      this.parts.server.serve(partition, epoch);
      this.#announce('CLAIMED', partition, epoch);
    }
  }

  /** Another engine said something about a partition. */
  heard(event: OwnershipEvent): void {
    if (event.workerId === this.parts.workerId) return;
    const mine = this.#held.get(event.partition);
    if (event.type === 'CLAIMED' && mine && event.epoch > mine.epoch) this.#lose(event.partition);
    if (event.type === 'RELEASED' && !mine && !this.#leaving) {
      const others = this.#members.filter((member) => member !== event.workerId);
      if (desiredOwner(event.partition, others) === this.parts.workerId) this.#claimSoon(event.partition);
    }
  }

  async #tick(): Promise<void> {
    if (this.#ticking) return;
    this.#ticking = true;
    try {
      this.#sayAlive();
      // Whoever cannot be reached over NATS must not keep its leases: others may be reachable.
      const reachable = this.parts.leases.reachable && this.parts.server.connected;
      const beat = reachable ? await this.parts.membership.beat().catch(() => null) : null;
      if (beat && !this.#leaving) await this.#follow(beat);
    } catch (error) {
      this.parts.log.warn({ err: error }, 'ownership could not be checked; trying again in a second');
    } finally {
      this.#ticking = false;
    }
  }

  async #follow({ wasListed, members }: Beat): Promise<void> {
    this.#members = members;
    if (this.#beats > 0 && !wasListed) {
      this.parts.log.warn('the list of live engines was lost: nothing is claimed for two heartbeats');
      this.#claimsFrom = performance.now() + claimAfterLossMs;
    }
    this.#beats += 1;
    await this.#renewLeases();
    const wanted: number[] = [];
    for (let partition = 0; partition < this.parts.partitionCount; partition += 1) {
      const isMine = desiredOwner(partition, members) === this.parts.workerId;
      const held = this.#held.get(partition);
      if (held && !isMine && !held.leaving && performance.now() >= this.#claimsFrom) void this.#handOver(partition);
      if (!held && isMine) wanted.push(partition);
    }
    // Not awaited: a takeover may take seconds, and the leases held must be renewed meanwhile.
    if (wanted.length > 0 && performance.now() >= this.#claimsFrom) this.#claimInBackground(wanted);
  }

  async #renewLeases(): Promise<void> {
    const held = [...this.#held.keys()].filter((partition) => !this.#held.get(partition)?.leaving);
    const renewed = await Promise.all(held.map((partition) => this.parts.leases.renew(partition)));
    if (renewed.every(Boolean) || !this.parts.leases.reachable) return;
    // Somebody else has a lease of ours: have we been taken over?
    for (const { partition, epoch, workerId } of await readOwners(this.parts.database)) {
      const mine = this.#held.get(partition);
      if (mine && (workerId !== this.parts.workerId || epoch > mine.epoch)) this.#lose(partition);
    }
  }

  #claimSoon(partition: number): void {
    if (this.#toClaim.size === 0) {
      setTimeout(() => {
        const partitions = [...this.#toClaim];
        this.#toClaim.clear();
        this.#claimInBackground(partitions);
      }, claimTogetherMs);
    }
    this.#toClaim.add(partition);
  }

  /** One claim at a time: two at once would raise an epoch twice. A claim that fails is made again at the next heartbeat. */
  #claimInBackground(partitions: number[]): void {
    this.#claiming = this.#claiming
      .then(() => this.#claimNow(partitions))
      .catch((error: unknown) =>
        this.parts.log.warn({ err: error, partitions }, 'partitions were not claimed; trying again'),
      );
  }

  async #claimNow(partitions: number[]): Promise<void> {
    const startedAt = performance.now();
    const free = partitions.filter((partition) => !this.#held.has(partition));
    const acquired = await Promise.all(free.map((partition) => this.parts.leases.acquire(partition)));
    const leased = free.filter((_, i) => acquired[i]);
    if (leased.length === 0) return;
    let taken: HeldPartition[] = [];
    try {
      if (!this.#leaving) taken = await takeOver(this.parts.database, this.parts.workerId, leased);
    } finally {
      const missed = leased.filter((partition) => !taken.some((held) => held.partition === partition));
      for (const partition of missed) void this.parts.leases.release(partition);
    }
    for (const { partition, epoch } of taken) {
      this.parts.wallets.forgetPartition(partition);
      this.parts.mailboxes.open(partition);
      this.#held.set(partition, { epoch, leaving: false });
      this.#claimed += 1;
      this.parts.server.serve(partition, epoch);
      this.#announce('CLAIMED', partition, epoch);
    }
    const tookMs = Math.round(performance.now() - startedAt);
    this.parts.log.info({ partitions: taken.map(({ partition }) => partition), tookMs }, 'partitions claimed');
  }

  async #handOver(partition: number): Promise<void> {
    const mine = this.#held.get(partition);
    if (!mine || mine.leaving) return;
    mine.leaving = true;
    this.parts.server.stopServing(partition);
    await this.parts.mailboxes.emptied(partition);
    if (this.#held.get(partition) !== mine) return; // lost meanwhile
    this.#held.delete(partition);
    this.#handedOver += 1;
    this.parts.mailboxes.abandon(partition);
    await this.parts.leases.release(partition);
    this.#announce('RELEASED', partition, mine.epoch);
    this.parts.log.info({ partition, epoch: mine.epoch }, 'partition handed over');
  }

  #lose(partition: number): void {
    const mine = this.#held.get(partition);
    if (!mine) return;
    this.#held.delete(partition);
    this.#lost += 1;
    this.parts.server.stopServing(partition);
    this.parts.mailboxes.abandon(partition);
    this.parts.wallets.forgetPartition(partition);
    void this.parts.leases.release(partition);
    this.#announce('LOST', partition, mine.epoch);
    this.parts.log.warn({ partition, epoch: mine.epoch }, 'partition lost to another engine');
  }

  #announce(type: OwnershipEvent['type'], partition: number, epoch: number): void {
    const { workerId, workerName } = this.parts;
    this.parts.server.announce({ type, partition, epoch, workerId, workerName, atMs: Date.now() });
  }

  #sayAlive(): void {
    const now = Date.now();
    const oldest = this.parts.mailboxes.oldestInitiatedAtMs();
    this.parts.server.sayAlive({
      workerId: this.parts.workerId,
      workerName: this.parts.workerName,
      atMs: now,
      partitions: [...this.#held]
        .filter(([, { leaving }]) => !leaving)
        .map(([partition, { epoch }]) => [partition, epoch, this.parts.mailboxes.depth(partition)]),
      oldestWaitingMs: oldest === undefined ? null : Math.max(0, now - oldest),
      fencedCalls: this.fencedCalls,
      unknownCalls: this.unknownCalls,
      memoryBytes: process.memoryUsage.rss(),
    });
  }
}
