import type { Steering } from '@smart-wallet/local-stack/demo-steering.mjs';
import type { Member, Role } from './cast.js';
import { type Flow, occasionalShare, type Random, randomAmount, randomFlow } from './flows.js';
import { deposit, type Ending, type Movement, payment, settle, withdrawal } from './movement.js';
import { Purse } from './purses.js';

/** Share of the traffic in each currency. */
const currencyShares: readonly [currency: string, share: number][] = [
  ['EUR', 0.7],
  ['USD', 0.15],
  ['GBP', 0.1],
  ['JPY', 0.05],
];
/** Purchases that a refund may be made of. */
const purchasesRemembered = 200;

/** Below this share of its level a wallet is topped up to it, above this many times its level it pays out down to it. */
const lowShare = 5n; // a fifth
const highTimes = 4n;
/** Top-ups and payouts are multiples of ten. */
const roundAmount = 10n * 10_000n;
/** Deposits and withdrawals that need not be are no more than this at high rates: each is a request of its own. */
const occasionalPerSecondMax = 4;
/** Another payer is tried this often when one waits for a top-up. */
const attemptsMax = 8;

/**
 * Who pays whom next. Knows every wallet's money, less what is on its way out, so that nothing is refused but what is
 * meant to be: a wallet that cannot pay is topped up first, and one that grows rich pays out.
 */
export class TrafficPlan {
  readonly purses: readonly Purse[];
  readonly #groups = new Map<string, Purse[]>();
  readonly #purchases: Movement[] = [];
  #count: number;

  constructor(
    members: readonly Member[],
    private readonly random: Random,
  ) {
    this.purses = members.map((member) => new Purse(member));
    for (const purse of this.purses) {
      const group = groupName(purse.member.currency, purse.member.role);
      this.#groups.set(group, [...(this.#groups.get(group) ?? []), purse]);
    }
    this.#count = Math.floor(random() * 900);
  }

  /** Null: nobody can pay before a top-up has arrived. */
  next({ rate, failurePercent }: Steering): Movement | null {
    this.#count += 1;
    if (this.random() * 100 < failurePercent) return this.#failing(this.#currency(), rate);
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const flow = randomFlow(this.random);
      const isOccasional = !flow.from || !flow.to;
      if (isOccasional && this.random() * rate * occasionalShare > occasionalPerSecondMax) continue;
      const movement = flow.name === 'refund' ? this.#refund() : this.#moving(flow, this.#currency(), rate);
      if (movement) return movement;
    }
    return null;
  }

  ended(movement: Movement, ending: Ending): void {
    settle(movement, ending);
    if (ending !== 'SUCCESS' || !movement.reference.startsWith('order')) return;
    this.#purchases.push(movement);
    if (this.#purchases.length > purchasesRemembered) this.#purchases.shift();
  }

  #moving(flow: Flow, currency: string, rate: number): Movement | null {
    const receiver = flow.to && this.#one(flow.to, currency, null, poorer);
    const amount = randomAmount(flow, currency, this.random);
    const reference = flow.reference(this.#count);
    if (!flow.from) return receiver && deposit(receiver, amount, reference);

    const sender = this.#one(flow.from, currency, receiver, richer);
    if (!sender) return null;
    const level = sender.level(rate);
    if (!sender.settling) {
      const { available } = sender;
      if (available > level * highTimes) return withdrawal(sender, rounded(available - level), 'payout to bank');
      if (available < level / lowShare || available < amount) {
        const wanted = amount > level ? amount : level;
        return deposit(sender, rounded(wanted - available) + roundAmount, 'bank top-up');
      }
    }
    if (sender.available < amount) return null;
    return receiver ? payment(sender, receiver, amount, reference) : withdrawal(sender, amount, reference);
  }

  /** Gives back what somebody bought. */
  #refund(): Movement | null {
    const place = Math.floor(this.random() * this.#purchases.length);
    const [purchase] = this.#purchases.splice(place, 1);
    if (!purchase?.sender || !purchase.receiver || purchase.receiver.available < purchase.amount) return null;
    return payment(purchase.receiver, purchase.sender, purchase.amount, `refund, ${purchase.reference}`);
  }

  /** Asks for more than the sender can come to have before it is decided. */
  #failing(currency: string, rate: number): Movement | null {
    const sender = this.#one(['person'], currency, null, richer);
    const receiver = this.#one(['merchant'], currency, null, richer);
    if (!sender || !receiver) return null;
    const amount = (sender.balance + sender.arriving) * 2n + sender.level(rate) * highTimes;
    return payment(sender, receiver, amount, `order ${48_000 + this.#count}`, true);
  }

  /** One of two that chance names: so the money stays spread, and yet everybody takes part. */
  #one(
    roles: readonly Role[],
    currency: string,
    other: Purse | null,
    better: (a: Purse, b: Purse) => Purse,
  ): Purse | null {
    const able = roles.flatMap((role) => this.#groups.get(groupName(currency, role)) ?? []);
    const candidates = able.filter((purse) => purse !== other && !purse.doubtful);
    if (candidates.length === 0) return null;
    const any = () => candidates[Math.floor(this.random() * candidates.length)] as Purse;
    return better(any(), any());
  }

  #currency(): string {
    let place = this.random();
    for (const [currency, share] of currencyShares) {
      place -= share;
      if (place < 0) return currency;
    }
    return 'EUR';
  }
}

function rounded(amount: bigint): bigint {
  return amount - (amount % roundAmount);
}

function groupName(currency: string, role: Role): string {
  return `${currency} ${role}`;
}

function richer(a: Purse, b: Purse): Purse {
  return a.available >= b.available ? a : b;
}

function poorer(a: Purse, b: Purse): Purse {
  return a.available <= b.available ? a : b;
}
