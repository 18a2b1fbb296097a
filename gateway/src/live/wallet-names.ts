import type { Logger } from 'pino';
import type { Database } from '../storage/database.js';

/** Names kept; beyond, the one asked for longest ago goes. */
const namesMax = 5_000;
/** Characters of a name that are shown. */
export const nameCharsMax = 60;
/** Wallets asked for at once; what does not fit is asked for when it is seen again. */
const askedMax = 24;
/** At least this long between two questions: they are a courtesy, and the database is for payments. */
const askEveryMs = 100;
/** For the other wallets of a batch to join the question. */
const joinMs = 5;

/** `metadata.name` of wallets, as far as it is known by now: nobody waits for it. It never changes, so it is asked for once. */
export class WalletNames {
  readonly #database: Database;
  readonly #log: Logger;
  readonly #names = new Map<string, string | null>();
  readonly #wanted = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #askedAtMs = -Infinity;
  #stopped = false;

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  /** null: it has none, or it is not known yet. */
  nameOf(walletId: string): string | null {
    const name = this.#names.get(walletId);
    if (name === undefined) return null;
    this.#names.delete(walletId);
    this.#names.set(walletId, name);
    return name;
  }

  /** Finds out the name, some time. */
  want(walletId: string): void {
    if (this.#stopped || this.#names.has(walletId) || this.#wanted.size >= askedMax) return;
    this.#wanted.add(walletId);
    this.#timer ??= this.#askSoon();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  #askSoon(): NodeJS.Timeout {
    const waitMs = Math.max(joinMs, this.#askedAtMs + askEveryMs - performance.now());
    return setTimeout(() => void this.#ask(), waitMs);
  }

  async #ask(): Promise<void> {
    this.#askedAtMs = performance.now();
    const walletIds = [...this.#wanted];
    this.#wanted.clear();
    try {
      const { rows } = await this.#database.query<{ wallet_id: string; kind: string; name: string | null }>(
        `SELECT wallet_id, kind,
                CASE WHEN jsonb_typeof(metadata->'name') = 'string' THEN nullif(btrim(left(metadata->>'name', ${nameCharsMax})), '') END AS name
           FROM wallets WHERE wallet_id = ANY ($1::uuid[])`,
        [walletIds],
      );
      for (const { wallet_id, kind, name } of rows) this.#remember(wallet_id, kind === 'FUNDING' ? 'Funding' : name);
    } catch (error) {
      this.#log.debug({ err: error }, 'names of wallets cannot be read');
    }
    this.#timer = this.#wanted.size > 0 && !this.#stopped ? this.#askSoon() : null;
  }

  #remember(walletId: string, name: string | null): void {
    this.#names.set(walletId, name);
    if (this.#names.size > namesMax) this.#names.delete(this.#names.keys().next().value as string);
  }
}
