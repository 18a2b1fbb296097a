import type { BatchCommitted, SampledTransaction } from '@smart-wallet/engine/contract/events.js';
import { type LivePayment, livePaymentsMax } from '@smart-wallet/engine/contract/live.js';
import type { WalletNames } from './wallet-names.js';

interface Sampled {
  payment: SampledTransaction;
  committedAtMs: number;
}

/** The newest payments heard of since the last frame, with the names of their wallets. */
export class PaymentSample {
  readonly #names: WalletNames;
  /** Newest first. */
  #newest: Sampled[] = [];

  constructor(names: WalletNames) {
    this.#names = names;
  }

  heard({ sample, committedAtMs }: BatchCommitted): void {
    for (const payment of sample) {
      const at = this.#newest.findIndex((other) => other.committedAtMs <= committedAtMs);
      if (at === -1 && this.#newest.length === livePaymentsMax) continue;
      this.#newest.splice(at === -1 ? this.#newest.length : at, 0, { payment, committedAtMs });
      if (this.#newest.length > livePaymentsMax) this.#newest.pop();
      this.#names.want(payment.senderWalletId);
      this.#names.want(payment.receiverWalletId);
    }
  }

  /** For the next frame, from which on they are not new any more. */
  take(): LivePayment[] {
    const taken = this.#newest;
    this.#newest = [];
    return taken.map(({ payment }) => ({
      ...payment,
      senderName: this.#names.nameOf(payment.senderWalletId),
      receiverName: this.#names.nameOf(payment.receiverWalletId),
    }));
  }
}
