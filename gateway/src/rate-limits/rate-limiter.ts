import { createHash } from 'node:crypto';
import { Account } from './account.js';
import type { PointStore } from './point-store.js';
import { blockOf, type RateLimitRule } from './rate-limit-rule.js';
import { RecentAccounts } from './recent-accounts.js';

/** Callers that one gateway counts at once in one group, each at most 0.5 kB. Who is forgotten begins with a new block. */
export const callersMax = 20_000;
/** Of a caller's name: a longer one is told apart by its digest. */
const callerCharsMax = 300;
/** The store is asked this often for one request, then the gateway decides alone. More than two only at a window's end. */
const asksMax = 3;

interface RateLimiterParts {
  readonly store: PointStore;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** What a caller may use of one gateway in a window while the store is away; without it, the whole limit. */
  readonly pointsAlone?: number;
}

/**
 * Lets through so many points of each caller in a window, over all gateways. Takes points of the store in blocks and spends
 * them here: while a block lasts nothing waits. When half of it is spent, the next one is asked for in passing. A request
 * for which there are not enough waits for the store, which says within its short time or counts as away; while it is
 * away, each gateway counts alone.
 *
 * A window begins with a caller's first call and ends for all gateways at once, in the store. In one window never more than
 * the limit is let through; where two windows meet, up to twice that within one period. While the store is away, each gateway
 * lets `pointsAlone` through in a window, at most.
 */
export class RateLimiter {
  readonly block: number;
  refusals = 0;
  readonly #accounts: RecentAccounts<Account>;
  readonly #store: PointStore;
  readonly #now: () => number;
  readonly #pointsAlone: number;

  constructor(
    readonly rule: RateLimitRule,
    { store, now, pointsAlone = rule.points }: RateLimiterParts,
  ) {
    this.block = blockOf(rule);
    this.#accounts = new RecentAccounts(callersMax, (caller) => new Account(storeKey(caller)));
    this.#store = store;
    this.#now = now;
    this.#pointsAlone = pointsAlone;
  }

  get callers(): number {
    return this.#accounts.size;
  }

  account(caller: string): Account {
    return this.#accounts.get(caller.length <= callerCharsMax ? caller : storeKey(caller));
  }

  /** At once while a block lasts. `points` are at most the limit: more would never be let through. */
  take(account: Account, points: number): boolean | Promise<boolean> {
    const nowMs = this.#now();
    if (nowMs >= account.endsAtMs) this.#begin(account, nowMs);
    if (account.waiting.length === 0) {
      const granted = this.#decide(account, points);
      if (granted !== undefined) {
        if (granted && account.available < this.block / 2) this.#refill(account);
        return this.#counted(granted);
      }
    }
    return new Promise((resolve) => {
      account.waiting.push({ points, asks: 0, settle: (granted) => resolve(this.#counted(granted)) });
      if (!account.isAsking) void this.#ask(account);
    });
  }

  /** For what turned out not to count. */
  giveBack(account: Account, points: number): void {
    account.spent = Math.max(0, account.spent - points);
  }

  /** What the caller has left in this window, as far as this gateway knows. */
  left(account: Account): number {
    const left = this.#store.isThere ? account.storeLeft + account.available : this.#availableAlone(account);
    return Math.max(0, Math.min(left, this.rule.points));
  }

  /** Until the window ends. */
  secondsLeft(account: Account): number {
    return Math.max(0, Math.ceil((account.endsAtMs - this.#now()) / 1_000));
  }

  /** Undefined: that is the store's to say. */
  #decide(account: Account, points: number): boolean | undefined {
    if (account.available >= points) {
      account.spent += points;
      return true;
    }
    if (!this.#store.isThere) return this.#decideAlone(account, points);
    return account.available + account.storeLeft < points ? false : undefined;
  }

  #decideAlone(account: Account, points: number): boolean {
    if (this.#availableAlone(account) < points) return false;
    account.spent += points;
    return true;
  }

  #availableAlone(account: Account): number {
    return Math.max(account.granted, this.#pointsAlone) - account.spent;
  }

  #refill(account: Account): void {
    // A block of one is asked for when it is needed: held unused, it would be missing elsewhere.
    if (this.block > 1 && !account.isAsking && account.storeLeft > 0 && this.#store.isThere) void this.#ask(account);
  }

  async #ask(account: Account): Promise<void> {
    account.isAsking = true;
    let needed = 0;
    for (const waiting of account.waiting) {
      needed += waiting.points;
      waiting.asks++;
    }
    const wanted = Math.min(Math.max(this.block, needed - account.available), this.rule.points);
    const askedAtMs = this.#now();
    const taken = await this.#store.take(account.key, wanted);
    account.isAsking = false;
    const nowMs = this.#now();
    if (taken) account.told(askedAtMs, taken, nowMs);
    if (nowMs >= account.endsAtMs) this.#begin(account, nowMs);
    this.#settle(account, taken !== null);
  }

  /** In the order they came: who asks for much is not passed by those who ask for little. */
  #settle(account: Account, isTold: boolean): void {
    let next = account.waiting[0];
    for (; next; next = account.waiting[0]) {
      const mayAskAgain = isTold && next.asks < asksMax;
      const granted =
        this.#decide(account, next.points) ?? (mayAskAgain ? undefined : this.#decideAlone(account, next.points));
      if (granted === undefined) break;
      account.waiting.shift();
      next.settle(granted);
    }
    if (next) void this.#ask(account);
  }

  #begin(account: Account, nowMs: number): void {
    account.begin(this.rule.points, nowMs + this.rule.periodSeconds * 1_000);
  }

  #counted(granted: boolean): boolean {
    if (!granted) this.refusals++;
    return granted;
  }
}

/** What a caller is called in Redis: of one length, and nothing that the caller chose. */
function storeKey(caller: string): string {
  return createHash('sha256').update(caller).digest('base64url').slice(0, 22);
}
