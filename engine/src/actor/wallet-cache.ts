import { partitionOf } from '../contract/partition.js';
import type { WalletState } from '../ledger/wallet-state.js';
import { Generations } from './generations.js';

/** Wallets an engine keeps in memory at most; the least recently used go. About 300 bytes each. */
export const walletsCachedMax = 300_000;

/** A wallet in memory. */
export interface Actor {
  state: WalletState;
  readonly partition: number;
  /** The partition's term in which the state was installed. */
  term: number;
}

/**
 * The wallet actors in memory: each wallet's state as of this engine's last commit or read that concerned it.
 *
 * It is hearsay as far as others may have changed it since: credits and status changes of other partitions' wallets,
 * credits to our own. So it never justifies a refusal, and the guards of apply_batch_v3 stand behind every acceptance.
 */
export class WalletCache {
  readonly #actors = new Generations<Actor>(walletsCachedMax / 2);

  /** Raised when a partition's wallets are forgotten: what was installed before counts no more, and nothing is searched. */
  readonly #terms: Uint32Array;
  #partitionsForgotten = 0;

  constructor(private readonly partitionCount: number) {
    this.#terms = new Uint32Array(partitionCount);
  }

  find(walletId: string): Actor | undefined {
    const actor = this.#actors.get(walletId);
    return actor && actor.term === this.#terms[actor.partition] ? actor : undefined;
  }

  get(walletId: string): WalletState | undefined {
    return this.find(walletId)?.state;
  }

  /** The partition of a wallet that is in memory. */
  partitionOf(walletId: string): number | undefined {
    return this.#actors.get(walletId)?.partition;
  }

  install(state: WalletState): void {
    const actor = this.#actors.get(state.walletId);
    const partition = actor?.partition ?? partitionOf(state.walletId, this.partitionCount);
    const term = this.#terms[partition] as number;
    if (actor) {
      actor.state = state;
      actor.term = term;
    } else {
      this.#actors.set(state.walletId, { state, partition, term });
    }
  }

  /** A wallet that was found is so now. One that was forgotten meanwhile stays forgotten. */
  update(actor: Actor, state: WalletState): void {
    actor.state = state;
  }

  forget(walletId: string): void {
    this.#actors.delete(walletId);
  }

  /** Forgets a partition's wallets: another owner may have lowered them. */
  forgetPartition(partition: number): void {
    this.#terms[partition] = (this.#terms[partition] as number) + 1;
    this.#partitionsForgotten += 1;
  }

  /** What was read before it last rose may be from before a takeover. */
  get partitionsForgotten(): number {
    return this.#partitionsForgotten;
  }

  /** At most. */
  get size(): number {
    return this.#actors.size;
  }

  clear(): void {
    this.#actors.clear();
  }
}
