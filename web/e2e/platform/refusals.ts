import { randomUUID } from 'node:crypto';
import { Cashier } from '@smart-wallet/loadtest/demo/cashier.js';
import type { Member } from '@smart-wallet/loadtest/demo/cast.js';
import { payment } from '@smart-wallet/loadtest/demo/movement.js';
import { Purse } from '@smart-wallet/loadtest/demo/purses.js';
import { WalletApi } from '@smart-wallet/loadtest/demo/wallet-api.js';

/** Why a payment can be refused that any caller may send. */
export const refusalCodes = ['CURRENCY_MISMATCH', 'INSUFFICIENT_FUNDS', 'WALLET_NOT_ACTIVE'] as const;
type Code = (typeof refusalCodes)[number];

const amount = 10_0000n;

/** Payments that the engine refuses and records, each sent until its answer is definite. */
export class Refusals {
  readonly #cashier: Cashier;
  readonly #api: WalletApi;
  readonly #empty = purse('Empty Pockets', 'EUR');
  readonly #neighbour = purse('Next Door', 'EUR');
  readonly #suspended = purse('Suspended Ltd', 'EUR');
  readonly #dollars = purse('Dollar Corner', 'USD');
  readonly #faults: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** Makes the wallets that they are between. */
  static async open(gatewayUrls: readonly string[], token: string): Promise<Refusals> {
    const refusals = new Refusals(gatewayUrls, token);
    for (const { member } of [refusals.#empty, refusals.#neighbour, refusals.#suspended, refusals.#dollars]) {
      const { kind } = await refusals.#api.createWallet(member);
      if (kind !== 'SUCCESS') throw new Error(`no wallet for ${member.name}: ${kind}`);
    }
    const { walletId } = refusals.#suspended.member;
    const suspended = await fetch(`${gatewayUrls[0]}/api/wallets/${walletId}/status`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ status: 'SUSPENDED' }),
    });
    if (suspended.status !== 200) throw new Error(`cannot suspend a wallet: ${await suspended.text()}`);
    return refusals;
  }

  private constructor(gatewayUrls: readonly string[], token: string) {
    this.#api = new WalletApi(gatewayUrls, token);
    this.#cashier = new Cashier(
      this.#api,
      () => {},
      (detail) => this.#faults.push(detail),
    );
  }

  /** Payments without an answer yet. */
  get open(): number {
    return this.#cashier.open;
  }

  /** Together in one request. */
  send(code: Code, count = 1): void {
    const pairs: Record<Code, [Purse, Purse]> = {
      INSUFFICIENT_FUNDS: [this.#empty, this.#neighbour],
      WALLET_NOT_ACTIVE: [this.#suspended, this.#neighbour],
      CURRENCY_MISMATCH: [this.#neighbour, this.#dollars],
    };
    const [sender, receiver] = pairs[code];
    const together = Array.from({ length: count }, () =>
      payment(sender, receiver, amount, `refused: ${code}`, { meantToFail: true }),
    );
    if (!this.#cashier.send(together)) throw new Error('too many refused payments are open at once');
  }

  /** One of each, again and again. */
  start(everyMs: number): void {
    this.#timer = setInterval(() => {
      for (const code of refusalCodes) this.send(code);
    }, everyMs);
  }

  pause(): void {
    clearInterval(this.#timer);
  }

  /** Waits for the answers under way. Throws when one was anything else than a refusal. */
  async stop(): Promise<void> {
    this.pause();
    await this.#cashier.stop(30_000);
    await this.#api.close();
    const { succeeded, gaveUp } = this.#cashier.counts;
    if (succeeded + gaveUp > 0 || this.#faults.length > 0) {
      throw new Error(`${succeeded} were paid, ${gaveUp} never answered, and: ${this.#faults.join('; ')}`);
    }
  }
}

function purse(name: string, currency: string): Purse {
  const member: Member = { walletId: randomUUID(), role: 'person', name, currency };
  return new Purse(member);
}
