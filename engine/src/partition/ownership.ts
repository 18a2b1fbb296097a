import type { Logger } from 'pino';
import type { Mailboxes } from '../actor/mailbox.js';
import type { WalletCache } from '../actor/wallet-cache.js';
import type { OwnershipEvent } from '../contract/events.js';
import { heartbeatEveryMs, leaseEveryMs, leaseTtlMs } from '../contract/limits.js';
import type { Database } from '../database.js';
import type { CommandServer } from '../transport/command-server.js';
import { activeEngines, type Member, type Standing } from './active-engines.js';
import { desiredOwner } from './assignment.js';
import type { Leases } from './leases.js';
import type { Beat, Membership } from './membership.js';
import { type HeldPartition, readOwners, takeOver } from './ownership-store.js';
import type { Protocols } from './protocols.js';

interface Held {
  epoch: number;
  /** Intake is closed since then, and what is in the mailbox is being finished; null: it is served. */
  leavingSince: number | null;
}

export interface OwnershipParts {
  readonly workerId: string;
  readonly workerName: string;
  readonly partitionCount: number;
  /** How many engines should be active; null: all. */
  readonly enginesActive: number | null;
  readonly membership: Membership;
  readonly protocols: Pick<Protocols, 'mayOwn'>;
  readonly leases: Leases;
  readonly database: Database;
  readonly mailboxes: Mailboxes;
  readonly wallets: WalletCache;
  readonly server: CommandServer;
  /** Whether Postgres answers this engine. */
  readonly databaseAnswers: () => boolean;
  readonly log: Logger;
}

/** After a start: time for live owners to show themselves before anyone claims. */
const firstClaimAfterMs = 2 * leaseEveryMs;
/** After a lost membership: time for every other engine, old ones too, to be back in the list. */
const claimAfterLossMs = 2_000;
/** After a beat that came late. */
const claimAfterGapMs = 2 * leaseEveryMs;
/** After Redis's word that a member's time is over, room for its clock's milliseconds. */
const endPassedMs = 5;
/** A partition that is being handed over keeps its lease for this long; then another owner may come before it is drained. */
const drainLeaseMs = 2_000;
/** Releases that arrive together are claimed in one database call. */
const claimTogetherMs = 5;

/**
 * Which partitions this engine holds, and how it comes by them and parts with them.
 *
 *   free ── lease, then a higher epoch in Postgres ──→ held ── somebody else should have it, or SIGTERM ──→ leaving
 *    ↑                                                  │                                                     │
 *    └──────── fenced, or the lease is another's ───────┘          └──── drained, lease released, announced ──┘
 *
 * While Redis is away nothing changes hands: owners go on until Postgres fences them. An engine that Postgres or NATS does not
 * answer lets its leases lapse, so that another one, which they do answer, takes over.
 *
 * Where fewer engines are active than live (`activeEngines`), the others stand by: they hold nothing, and all they need to take
 * over is at hand.
 *
 * A dead engine's leases and its place among the live end together, a lease's time after its last beat. The others are told when
 * that will be, and look then.
 */
export class Ownership {
  readonly #held = new Map<number, Held>();
  #members: readonly Member[] = [];
  #standing: Standing;
  #standsBy: boolean | null = null;
  #claimsFrom = performance.now() + firstClaimAfterMs;
  #beats = 0;
  #toClaim = new Set<number>();
  #claiming: Promise<void> = Promise.resolve();
  #nextTick: NodeJS.Timeout | undefined;
  #heartbeats: NodeJS.Timeout | undefined;
  #checking = false;
  #leaving = false;
  #left = false;
  #wasCutOff = false;
  fencedCalls = 0;
  unknownCalls = 0;
  #claimed = 0;
  #handedOver = 0;
  #lost = 0;

  constructor(private readonly parts: OwnershipParts) {
    this.#standing = { enginesActive: parts.enginesActive, activeSinceMs: 0 };
  }

  start(): void {
    this.#heartbeats = setInterval(() => this.#sayAlive(), heartbeatEveryMs);
    this.#sayAlive();
    void this.#tick();
  }

  epochOf(partition: number): number | undefined {
    return this.#held.get(partition)?.epoch;
  }

  epochs(): [partition: number, epoch: number][] {
    return [...this.#held].map(([partition, { epoch }]) => [partition, epoch]);
  }

  /** Held, and not being handed over. */
  served(): number[] {
    return [...this.#held].filter(([, { leavingSince }]) => leavingSince === null).map(([partition]) => partition);
  }

  /** Whether it should own nothing now, and waits to take over. */
  get standsBy(): boolean {
    return this.#standsBy === true;
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
    clearInterval(this.#heartbeats);
    await this.parts.membership.leave().catch(() => {});
    await this.#claiming;
    await Promise.all([...this.#held.keys()].map((partition) => this.#handOver(partition)));
    this.#left = true;
    clearTimeout(this.#nextTick);
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
      if (mine.leavingSince !== null) continue;
      this.parts.server.serve(partition, epoch);
      this.#announce('CLAIMED', partition, epoch);
    }
  }

  /** Another engine said something about a partition. */
  heard(event: OwnershipEvent): void {
    if (event.workerId === this.parts.workerId) return;
    const mine = this.#held.get(event.partition);
    // Whatever it was: somebody had it since. (The claim itself may not have been heard.)
    const isLost = mine !== undefined && event.epoch > mine.epoch;
    if (isLost) this.#lose(event.partition);
    if (event.type === 'RELEASED' && (!mine || isLost) && !this.#leaving && this.#heirOf(event) === this.parts.workerId)
      this.#claimSoon(event.partition);
  }

  #heirOf({ partition, workerId }: OwnershipEvent): string | undefined {
    const heir = desiredOwner(partition, activeEngines(this.#members));
    if (heir !== workerId) return heir;
    // By this engine's list it should have kept it: it leaves.
    return desiredOwner(partition, activeEngines(this.#members.filter((member) => member.workerId !== workerId)));
  }

  async #tick(): Promise<void> {
    let waitMs = leaseEveryMs;
    try {
      if (this.#reachable()) waitMs = Math.min(waitMs, (await this.#beat()) + endPassedMs);
    } catch (error) {
      this.parts.log.debug({ err: error }, 'Redis did not answer; leases are renewed at the next beat');
    }
    if (!this.#left) this.#nextTick = setTimeout(() => void this.#tick(), waitMs);
  }

  /** Whoever cannot be reached over NATS, or cannot commit, must not keep its leases: others may be able to. */
  #reachable(): boolean {
    const { leases, server, log } = this.parts;
    const databaseAnswers = this.parts.databaseAnswers();
    if (databaseAnswers === this.#wasCutOff) {
      this.#wasCutOff = !databaseAnswers;
      if (databaseAnswers) log.info('Postgres answers again: leases are renewed');
      else log.warn('Postgres does not answer: leases are not renewed, so that other engines can take over');
    }
    return leases.reachable && server.connected && databaseAnswers;
  }

  /** Says to be alive, renews the leases, follows who else is alive. Returns for how long nothing can change by itself. */
  async #beat(): Promise<number> {
    const { leases, membership } = this.parts;
    // Sent together: a place in the list and the leases end together.
    const renewing = leases.renew((partition) => this.#isDrainedTooLong(partition));
    if (this.#leaving) {
      await renewing;
      return leaseEveryMs;
    }
    const [beat, lost] = await Promise.all([membership.beat(this.#standing), renewing]);
    if (lost.length > 0) void this.#checkOwners();
    if (!this.#leaving) this.#follow(beat);
    return beat.nextEndMs;
  }

  #isDrainedTooLong(partition: number): boolean {
    const since = this.#held.get(partition)?.leavingSince ?? null;
    return since !== null && performance.now() - since > drainLeaseMs;
  }

  #follow({ silentMs, members: live, nowMs }: Beat): void {
    const members = this.parts.protocols.mayOwn(live);
    this.#members = members;
    if (this.#beats > 0) this.#considerSilence(silentMs);
    this.#beats += 1;
    if (performance.now() < this.#claimsFrom) return;
    const active = activeEngines(members);
    this.#takeStand(active, nowMs);
    const wanted: number[] = [];
    for (let partition = 0; partition < this.parts.partitionCount; partition += 1) {
      const isMine = desiredOwner(partition, active) === this.parts.workerId;
      const held = this.#held.get(partition);
      if (held && !isMine) void this.#handOver(partition);
      if (!held && isMine) wanted.push(partition);
    }
    // Not awaited: a takeover may take seconds, and the leases held must be renewed meanwhile.
    if (wanted.length > 0) this.#claimInBackground(wanted);
  }

  #takeStand(active: readonly string[], nowMs: number): void {
    const { workerId, membership, log } = this.parts;
    const standsBy = !active.includes(workerId);
    if (!standsBy && this.#standing.activeSinceMs === 0) {
      this.#standing = { ...this.#standing, activeSinceMs: nowMs };
      // Before anything is claimed: whoever it is taken from may come back at any moment, and must find its successor said.
      void membership.say(this.#standing).catch(() => {}); // the next beat says it again
    } else if (standsBy && this.#held.size === 0) {
      this.#standing = { ...this.#standing, activeSinceMs: 0 };
    }
    if (standsBy === this.#standsBy) return;
    this.#standsBy = standsBy;
    const counts = { active: active.length, live: this.#members.length };
    log.info(
      counts,
      standsBy ? 'this engine stands by: it owns nothing until an active one is gone' : 'this engine is active',
    );
  }

  /** When this engine did not beat, Redis or NATS may have stood still, and those who look dead are about to be back. */
  #considerSilence(silentMs: number | null): void {
    let waitMs = 0;
    if (silentMs === null || silentMs >= leaseTtlMs) {
      this.parts.log.warn({ silentMs }, 'this engine was not in the list of live ones: it claims nothing for a while');
      waitMs = claimAfterLossMs;
      // Whoever took over meanwhile may have said so to nobody, and its leases may be gone with Redis's data.
      void this.#checkOwners();
    } else if (silentMs > 2 * leaseEveryMs) {
      waitMs = claimAfterGapMs;
    }
    this.#claimsFrom = Math.max(this.#claimsFrom, performance.now() + waitMs);
  }

  /** Somebody else has a lease of ours: have we been taken over? Not awaited either: Postgres may be slow. */
  async #checkOwners(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    try {
      for (const { partition, epoch, workerId } of await readOwners(this.parts.database)) {
        const mine = this.#held.get(partition);
        if (mine && (workerId !== this.parts.workerId || epoch > mine.epoch)) this.#lose(partition);
      }
    } catch (error) {
      this.parts.log.warn({ err: error }, 'owners could not be read; asking again at the next beat');
    } finally {
      this.#checking = false;
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

  /** One claim at a time: two at once would raise an epoch twice. A claim that fails is made again at the next beat. */
  #claimInBackground(partitions: number[]): void {
    this.#claiming = this.#claiming
      .then(() => this.#claimNow(partitions))
      .catch((error: unknown) =>
        this.parts.log.warn({ err: error, partitions }, 'partitions were not claimed; trying again'),
      );
  }

  async #claimNow(partitions: number[]): Promise<void> {
    // Who has just handed them over must find somebody who can commit for them.
    if (!this.parts.databaseAnswers()) return;
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
      this.#held.set(partition, { epoch, leavingSince: null });
      this.#claimed += 1;
      this.parts.server.serve(partition, epoch);
      this.#announce('CLAIMED', partition, epoch);
    }
    const tookMs = Math.round(performance.now() - startedAt);
    const claimed = { partitions: taken.map(({ partition }) => partition), epochs: taken.map(({ epoch }) => epoch) };
    this.parts.log.info({ ...claimed, tookMs }, 'partitions claimed');
  }

  async #handOver(partition: number): Promise<void> {
    const mine = this.#held.get(partition);
    if (!mine || mine.leavingSince !== null) return;
    mine.leavingSince = performance.now();
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
    void this.parts.leases.release(partition);
    this.#announce('LOST', partition, mine.epoch);
    this.parts.log.warn({ partition, epoch: mine.epoch }, 'partition lost to another engine');
  }

  #announce(type: OwnershipEvent['type'], partition: number, epoch: number): void {
    const { workerId, workerName } = this.parts;
    this.parts.server.announce({ type, partition, epoch, workerId, workerName, atMs: this.parts.database.nowMs() });
  }

  #sayAlive(): void {
    const now = this.parts.database.nowMs();
    const oldest = this.parts.mailboxes.oldestInitiatedAtMs();
    this.parts.server.sayAlive({
      workerId: this.parts.workerId,
      workerName: this.parts.workerName,
      atMs: now,
      partitions: [...this.#held]
        .filter(([, { leavingSince }]) => leavingSince === null)
        .map(([partition, { epoch }]) => [partition, epoch, this.parts.mailboxes.depth(partition)]),
      standsBy: this.standsBy,
      oldestWaitingMs: oldest === undefined ? null : Math.max(0, now - oldest),
      fencedCalls: this.fencedCalls,
      unknownCalls: this.unknownCalls,
      memoryBytes: process.memoryUsage.rss(),
    });
  }
}
