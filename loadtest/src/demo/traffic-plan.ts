import type { Steering } from '@smart-wallet/local-stack/demo-steering.mjs';
import type { Member, Role } from './cast.js';
import { type Flow, flows, type Random, randomAmount, randomFlow } from './flows.js';
import { goodsOf } from './goods.js';
import { Holds } from './holds.js';
import { Mistakes } from './mistakes.js';
import { deposit, type Ending, type Movement, payment, settle, withdrawal } from './movement.js';
import { payroll, payrollMax } from './payroll.js';
import { Purchases } from './purchases.js';
import { Purse } from './purses.js';

/** Share of the traffic in each currency. */
const currencyShares: readonly [currency: string, share: number][] = [
  ['EUR', 0.7],
  ['USD', 0.15],
  ['GBP', 0.1],
  ['JPY', 0.05],
];
/** Below this share of its level a wallet is topped up to it, above this many times its level it pays out down to it. */
const lowShare = 5n; // a fifth
const highTimes = 4n;
/** Top-ups and payouts are multiples of ten. */
const roundAmount = 10n * 10_000n;
/** Another payer is tried this often when one waits for a top-up. */
const attemptsMax = 8;

interface PlanOptions {
  readonly random: Random;
  readonly flows?: readonly Flow[];
  readonly now?: () => number;
}

/**
 * Who pays whom next. Knows every wallet's money and limits, less what is on its way out, so that nothing is refused but what
 * is meant to be: a wallet that cannot pay is topped up first, and one that grows rich pays out.
 */
export class TrafficPlan {
  readonly purses: readonly Purse[];
  readonly holds: Holds;
  readonly #groups = new Map<string, Purse[]>();
  readonly #purchases: Purchases;
  readonly #mistakes: Mistakes;
  readonly #random: Random;
  readonly #flows: readonly Flow[];
  #count: number;

  constructor(members: readonly Member[], { random, flows: some = flows, now = Date.now }: PlanOptions) {
    this.purses = members.map((member) => new Purse(member, now));
    for (const purse of this.purses) {
      const group = groupName(purse.member.currency, purse.member.role);
      this.#groups.set(group, [...(this.#groups.get(group) ?? []), purse]);
    }
    this.holds = new Holds(random, now);
    this.#purchases = new Purchases(random);
    this.#mistakes = new Mistakes({
      ...{ holds: this.holds, purchases: this.#purchases },
      purses: this.purses,
      random,
    });
    this.#random = random;
    this.#flows = some;
    this.#count = Math.floor(random() * 900);
  }

  /** Null: nobody can pay before a top-up has arrived. */
  next({ rate, failurePercent }: Steering): Movement | null {
    this.#count += 1;
    if (this.#random() * 100 < failurePercent) return this.#failing(this.#currency(), { rate, failurePercent });
    const due = this.holds.due();
    if (due) return due;
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const flow = randomFlow(this.#flows, rate, this.#random);
      const movement = flow && this.#flowing(flow, rate);
      if (movement) return movement;
    }
    return null;
  }

  /** @param id of the transaction, or of the hold, that it made */
  ended(movement: Movement, ending: Ending, id?: string): void {
    settle(movement, ending);
    this.holds.ended(movement, ending, id);
    this.#purchases.ended(movement, ending, id);
  }

  #flowing(flow: Flow, rate: number): Movement | null {
    if (flow.name === 'refund') return this.#purchases.refund();
    if (flow.name === 'reversal') return this.#purchases.reversal();
    if (flow.name === 'authorization' && this.holds.isFull) return null;
    return this.#moving(flow, this.#currency(), rate);
  }

  #moving(flow: Flow, currency: string, rate: number): Movement | null {
    // Who may not spend what they have are not given more and more.
    const may = (purse: Purse) => isUnlimited(purse) || purse.available < purse.level(rate) * highTimes;
    const receiver = flow.to && this.#one(flow.to, currency, { other: null, better: poorer, may });
    const wages = flow.name === 'payroll' ? this.#wages(flow, currency, rate) : [];
    const amount = wages.reduce((sum, [, wage]) => sum + wage, 0n) || randomAmount(flow, currency, this.#random);
    const reference = flow.reference(this.#count);
    if (!flow.from) return receiver && deposit(receiver, amount, reference);

    const sender = this.#one(flow.from, currency, {
      other: receiver,
      better: richer,
      may: (purse) => purse.maySend(amount),
    });
    if (!sender) return null;
    return (
      this.#settlingFirst(sender, amount, rate) ?? this.#sending(flow, { sender, receiver, amount, wages, reference })
    );
  }

  /** Who cannot pay is topped up first; who is rich pays out. */
  #settlingFirst(sender: Purse, amount: bigint, rate: number): Movement | null {
    if (sender.settling) return null;
    const { available, spendable, limits } = sender;
    const level = sender.level(rate);
    const tooMuch = rounded(available - level);
    if (available > level * highTimes && sender.maySend(tooMuch)) return withdrawal(sender, tooMuch, 'payout to bank');
    // Who has credit uses it up before.
    const isLow = limits.credit === 0n && available < level / lowShare;
    if (!isLow && spendable >= amount) return null;
    const wanted = amount > level ? amount : level;
    return deposit(sender, rounded(wanted - available) + roundAmount, 'bank top-up');
  }

  #sending(flow: Flow, { sender, receiver, amount, wages, reference }: Sending): Movement | null {
    if (sender.spendable < amount) return null;
    if (wages.length > 0) return payroll(sender, wages, reference);
    if (!receiver) return withdrawal(sender, amount, reference);
    const description = goodsOf(receiver.member.name, this.#count);
    if (flow.name === 'authorization') return this.holds.authorize(sender, receiver, amount, reference, description);
    return payment(sender, receiver, amount, reference, { description });
  }

  /** Of several people, each once; not of those who cannot spend what they have. */
  #wages(flow: Flow, currency: string, rate: number): [Purse, bigint][] {
    const people = (this.#groups.get(groupName(currency, 'person')) ?? []).filter(
      (purse) => !purse.doubtful && purse.available < purse.level(rate) * highTimes,
    );
    const from = Math.floor(this.#random() * people.length);
    const paid = [...people.slice(from), ...people.slice(0, from)].slice(0, payrollMax);
    return paid.map((person) => [person, randomAmount(flow, currency, this.#random)]);
  }

  /** Mostly asks for more than the sender can come to have before it is decided. */
  #failing(currency: string, { rate, failurePercent }: Steering): Movement | null {
    const reference = `order ${48_000 + this.#count}`;
    const perSecond = (rate * failurePercent) / 100;
    const shopFor = ({ member }: Purse) => this.#one(['merchant'], member.currency, { other: null, better: richer });
    const mistake = this.#mistakes.next(perSecond, shopFor, reference);
    if (mistake) return mistake;
    const sender = this.#one(['person'], currency, { other: null, better: richer, may: isUnlimited });
    const receiver = sender && shopFor(sender);
    if (!receiver) return null;
    const all = (sender.balance + sender.arriving + sender.limits.credit) * 2n;
    return payment(sender, receiver, all + sender.level(rate) * highTimes, reference, { meantToFail: true });
  }

  /** One of two that chance names: so the money stays spread, and yet everybody takes part. */
  #one(roles: readonly Role[], currency: string, { other, better, may = () => true }: Choice): Purse | null {
    const able = roles.flatMap((role) => this.#groups.get(groupName(currency, role)) ?? []);
    const candidates = able.filter((purse) => purse !== other && !purse.doubtful && may(purse));
    if (candidates.length === 0) return null;
    const any = () => candidates[Math.floor(this.#random() * candidates.length)] as Purse;
    return better(any(), any());
  }

  #currency(): string {
    let place = this.#random();
    for (const [currency, share] of currencyShares) {
      place -= share;
      if (place < 0) return currency;
    }
    return 'EUR';
  }
}

interface Sending {
  readonly sender: Purse;
  readonly receiver: Purse | null;
  readonly amount: bigint;
  readonly wages: readonly [Purse, bigint][];
  readonly reference: string;
}

interface Choice {
  readonly other: Purse | null;
  readonly better: (a: Purse, b: Purse) => Purse;
  /** Who may be chosen; without it, everybody. */
  readonly may?: (purse: Purse) => boolean;
}

/** It is refused for want of money, and for nothing else. */
function isUnlimited({ limits }: Purse): boolean {
  return limits.perPayment === null && limits.dailyOut === null;
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
