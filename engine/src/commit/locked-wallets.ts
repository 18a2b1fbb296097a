import { setTimeout as sleep } from 'node:timers/promises';
import type { PendingCommand } from '../actor/mailbox.js';

/** How often it is looked whether locked rows are free again. */
const lookEveryMs = 200;
/** Longer than most calls: what is locked at both ends of it is probably not locked by another engine that pays. */
const lookTwiceAfterMs = 50;

/**
 * Wallets whose rows somebody else holds locked for long (an admin's open transaction), and the commands that need them. A call
 * that waits for one row keeps a thousand commands waiting, again and again: so these wait apart until the row is free or their
 * time is over, and all others pay.
 */
export class LockedWallets {
  readonly #walletIds = new Set<string>();
  #apart: PendingCommand[] = [];
  #lookAt = 0;
  #wakeTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly rowsOf: (pending: PendingCommand) => readonly string[],
    private readonly readLocked: (walletIds: Iterable<string>) => Promise<string[]>,
  ) {}

  /** Does any command wait? */
  get waiting(): boolean {
    return this.#apart.length > 0;
  }

  /** After a call that was not given a lock: which of these rows does somebody hold? Returns those found. */
  async look(walletIds: Iterable<string>): Promise<string[]> {
    let locked = await this.readLocked(walletIds);
    if (locked.length === 0) return locked;
    await sleep(lookTwiceAfterMs);
    locked = await this.readLocked(locked);
    if (this.#walletIds.size === 0) this.#lookAt = performance.now() + lookEveryMs;
    for (const walletId of locked) this.#walletIds.add(walletId);
    return locked;
  }

  /** Keeps the commands that need a locked row, and returns the others. One whose answer is known needs none. */
  setApart(commands: PendingCommand[], isKnown: (pending: PendingCommand) => boolean): PendingCommand[] {
    if (this.#walletIds.size === 0) return commands;
    return commands.filter((pending) => {
      const free = !this.#needsLocked(pending) || isKnown(pending);
      if (!free) this.#apart.push(pending);
      return free;
    });
  }

  /**
   * The commands that need wait no longer, their rows being free or their time over, of at most `weightMax` payments. Looked up
   * every `lookEveryMs`.
   */
  async released(weightMax: number): Promise<PendingCommand[]> {
    const now = performance.now();
    if (now < this.#lookAt) return [];
    const locked = new Set(this.#walletIds.size === 0 ? [] : await this.readLocked(this.#walletIds));
    for (const walletId of this.#walletIds) if (!locked.has(walletId)) this.#walletIds.delete(walletId);
    const released: PendingCommand[] = [];
    const apart: PendingCommand[] = [];
    let weight = 0;
    let full = false;
    for (const pending of this.#apart) {
      const due = pending.deadlineAt <= now || !this.#needsLocked(pending);
      full ||= due && weight + pending.weight > weightMax;
      if (due && !full) {
        weight += pending.weight;
        released.push(pending);
      } else apart.push(pending);
    }
    this.#apart = apart;
    this.#lookAt = full ? now : performance.now() + lookEveryMs;
    return released;
  }

  /** Calls once it is time to look again. */
  wakeLater(wake: () => void): void {
    clearTimeout(this.#wakeTimer);
    this.#wakeTimer = setTimeout(wake, Math.max(1, this.#lookAt - performance.now()));
  }

  #needsLocked(pending: PendingCommand): boolean {
    return this.rowsOf(pending).some((walletId) => this.#walletIds.has(walletId));
  }
}
