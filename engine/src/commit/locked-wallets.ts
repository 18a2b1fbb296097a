import type { PendingCommand } from '../actor/mailbox.js';

/** How often it is looked whether locked rows are free again. */
const lookEveryMs = 200;

/**
 * Wallets whose rows somebody else holds locked for long (an admin's open transaction), and the commands that need them. A call
 * that waits for one row keeps a thousand commands waiting, again and again: so these wait apart until the row is free or their
 * time is over, and all others pay.
 */
export class LockedWallets {
  readonly #walletIds = new Set<string>();
  #apart: PendingCommand[] = [];
  #lookAt = 0;

  constructor(
    private readonly rowsOf: (pending: PendingCommand) => readonly string[],
    private readonly readLocked: (walletIds: Iterable<string>) => Promise<string[]>,
  ) {}

  /** Does any command wait? */
  get waiting(): boolean {
    return this.#apart.length > 0;
  }

  add(walletIds: readonly string[]): void {
    if (this.#walletIds.size === 0) this.#lookAt = performance.now() + lookEveryMs;
    for (const walletId of walletIds) this.#walletIds.add(walletId);
  }

  /** Keeps the commands that need a locked row, and returns the others. */
  setApart(commands: PendingCommand[]): PendingCommand[] {
    if (this.#walletIds.size === 0) return commands;
    return commands.filter((pending) => {
      const free = !this.rowsOf(pending).some((walletId) => this.#walletIds.has(walletId));
      if (!free) this.#apart.push(pending);
      return free;
    });
  }

  /**
   * The commands that need wait no longer, their rows being free or their time over: of at most `weightMax` payments, the first of
   * them whatever it weighs. Looked up every `lookEveryMs`.
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
      const due = pending.deadlineAt <= now || !this.rowsOf(pending).some((walletId) => this.#walletIds.has(walletId));
      full ||= due && weight > 0 && weight + pending.weight > weightMax;
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
    setTimeout(wake, Math.max(1, this.#lookAt - performance.now()));
  }
}
