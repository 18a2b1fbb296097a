import type { Logger } from 'pino';
import type { Mailboxes } from '../actor/mailbox.js';
import type { ExpiryCommand } from '../contract/commands.js';
import { commandDeadlineMs } from '../contract/limits.js';
import { expiryKey } from '../contract/request-hash.js';
import type { Database } from '../database.js';
import { type DueHold, findDueHolds } from './due-holds.js';

/** How often holds whose time is over are looked for: their money is available again soon after. */
export const expiryEveryMs = 500;
/** Expiries that one look begins: the others are found by the next. */
export const expiriesAtOnceMax = 1_000;
const warnEveryMs = 10_000;

export interface HoldExpiryParts {
  readonly database: Pick<Database, 'query' | 'nowMs'>;
  readonly mailboxes: Pick<Mailboxes, 'offer'>;
  /** The partitions that this engine owns, and takes commands for. */
  readonly owned: () => number[];
  readonly log: Logger;
}

/**
 * Ends the holds of an engine's partitions when their time is over, by commands like any other: decided in turn, fenced, under a
 * key that there is once for each hold, whoever owns it. One that was not done is found again by the next look.
 */
export class HoldExpiry {
  readonly #underWay = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #warnAgainAt = 0;
  #looking: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(private readonly parts: HoldExpiryParts) {}

  start(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.look().then(() => this.start());
    }, expiryEveryMs);
  }

  /** Resolves when no look is under way, and none follows. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  async look(): Promise<void> {
    const partitions = this.parts.owned();
    if (partitions.length === 0) return;
    try {
      const due = await findDueHolds(this.parts.database as Database, partitions, expiriesAtOnceMax);
      if (this.#stopped) return;
      for (const hold of due) this.#expire(hold);
    } catch (error) {
      if (performance.now() < this.#warnAgainAt) return;
      this.#warnAgainAt = performance.now() + warnEveryMs;
      this.parts.log.warn({ err: error }, 'holds whose time is over could not be looked for; trying again');
    }
  }

  #expire({ holdId, partition }: DueHold): void {
    if (this.#underWay.has(holdId)) return;
    this.#underWay.add(holdId);
    const initiatedAtMs = this.parts.database.nowMs();
    const command: ExpiryCommand = { type: 'EXPIRY', holdId, initiatedAtMs, ...expiryKey(holdId) };
    const deadlineAt = performance.now() + commandDeadlineMs;
    this.parts.mailboxes.offer(partition, command, { deadlineAt, bytes: 0 }, () => this.#underWay.delete(holdId));
  }
}
