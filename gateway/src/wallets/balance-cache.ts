import { randomUUID } from 'node:crypto';
import { cachedBalanceAgeMaxMs } from '@smart-wallet/engine/contract/cached-balance.js';
import type { BalanceStore } from './balance-store.js';
import type { BalanceRow } from './find-balance.js';

/** A look at Redis that takes longer is skipped: Postgres has the truth. */
export const balanceLookupMsMax = 50;
/** After a failure nobody waits for Redis this long. */
export const balanceLookupsPauseMs = 500;
/** A balance that was not read within it after its token was left is not kept. */
export const balanceTokenMs = 2_000;
/** Balances (and tokens) that one gateway puts into Redis in a minute, which is how long they live. Beyond it they are only read. */
export const balancesKeptMax = 50_000;

const tokenMark = '?';

interface Clocks {
  /** Of the database. */
  databaseNowMs(): number;
  /** For durations. */
  now(): number;
}

type Read = () => Promise<BalanceRow | undefined>;

/**
 * Balances for readers to whom an older one will do: never one from before a commit whose deletion has reached Redis, and never
 * older than a minute. Why a reader that was overtaken by a commit leaves nothing: contract/cached-balance.ts.
 */
export class BalanceCache {
  readonly figures = { hits: 0, misses: 0, skipped: 0 };
  readonly #store: BalanceStore;
  readonly #clocks: Clocks;
  #pausedUntilMs = 0;
  #countedFromMs = 0;
  #tokens = 0;

  constructor(store: BalanceStore, clocks: Clocks) {
    this.#store = store;
    this.#clocks = clocks;
  }

  /** From Redis, else from Postgres. */
  async find(walletId: string, read: Read): Promise<BalanceRow | undefined> {
    const token = this.#mayLeaveToken() ? tokenMark + randomUUID() : null;
    const found = await this.#look(walletId, token);
    if (found === undefined) {
      this.figures.skipped++;
      return read();
    }
    const cached = found === null ? null : this.#young(found);
    if (cached) {
      this.figures.hits++;
      return cached;
    }
    this.figures.misses++;
    if (found === null && token !== null) this.#tokens++;
    // Only after the token is there: so a commit that this read does not see deletes the token.
    const row = await read();
    if (row && found === null && token !== null) {
      const keptMs = cachedBalanceAgeMaxMs - balanceTokenMs;
      this.#store.replace(walletId, token, JSON.stringify(row), keptMs).catch(() => {});
    }
    return row;
  }

  /** undefined: Redis is away, or slow. */
  async #look(walletId: string, token: string | null): Promise<string | null | undefined> {
    if (this.#clocks.now() < this.#pausedUntilMs) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), balanceLookupMsMax);
    });
    const look = this.#store.findOrLeave(walletId, token, balanceTokenMs).catch(() => undefined);
    const found = await Promise.race([look, late]);
    clearTimeout(timer);
    if (found === undefined) this.#pausedUntilMs = this.#clocks.now() + balanceLookupsPauseMs;
    return found;
  }

  /** null: somebody's token, or Redis kept it for too long. */
  #young(found: string): BalanceRow | null {
    if (found.startsWith(tokenMark)) return null;
    const row = JSON.parse(found) as BalanceRow;
    row.as_of = new Date(row.as_of);
    return this.#clocks.databaseNowMs() - row.as_of.getTime() <= cachedBalanceAgeMaxMs ? row : null;
  }

  #mayLeaveToken(): boolean {
    const now = this.#clocks.now();
    if (now - this.#countedFromMs >= cachedBalanceAgeMaxMs) {
      this.#countedFromMs = now;
      this.#tokens = 0;
    }
    return this.#tokens < balancesKeptMax;
  }
}
