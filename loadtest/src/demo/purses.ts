import type { Member, Role } from './cast.js';

/** What one euro is worth, roughly. */
const euroWorth: Readonly<Record<string, number>> = { EUR: 1, USD: 1.1, GBP: 0.85, JPY: 160 };

/** In euros: what a wallet has at first, and comes back to. */
const levelByRole: Readonly<Record<Role, number>> = {
  person: 2_500,
  merchant: 12_000,
  supplier: 20_000,
  payroll: 20_000,
};

/** Above this many payments a second wallets hold more, so that none runs dry between two top-ups. */
const levelRate = 100;

const dayMs = 86_400_000;

/** Ten-thousandths. */
export interface PurseLimits {
  /** How far below zero it may go. */
  readonly credit: bigint;
  /** null: no bound. */
  readonly perPayment: bigint | null;
  readonly dailyOut: bigint | null;
}

export const noLimits: PurseLimits = { credit: 0n, perPayment: null, dailyOut: null };

/** What the demo believes of one wallet. Others may use it too: a belief that proves wrong is read again. */
export class Purse {
  balance = 0n;
  /** Set apart by holds that the demo knows of. */
  held = 0n;
  /** Set apart by other holds, when it was read last: those of an earlier run, for one. */
  heldElsewhere = 0n;
  /** Leaving with movements that have no answer yet. */
  leaving = 0n;
  /** Arriving with them. */
  arriving = 0n;
  /** How many those are. */
  underWay = 0;
  /** A deposit or withdrawal is under way. */
  settling = false;
  /** The balance must be read again; until then it takes no part. */
  doubtful = false;
  limits = noLimits;
  #day = 0;
  #sentToday = 0n;

  constructor(
    readonly member: Member,
    private readonly now: () => number = Date.now,
  ) {}

  /** Its own money that is free. Below zero it lives on credit. */
  get available(): bigint {
    return this.balance - this.held - this.heldElsewhere - this.leaving;
  }

  /** With what it may borrow. */
  get spendable(): bigint {
    return this.available + this.limits.credit;
  }

  /** Whether its limits let so much go. What holds gave back today is left out of account, so it may be more than that. */
  maySend(amount: bigint): boolean {
    const { perPayment, dailyOut } = this.limits;
    if (perPayment !== null && amount > perPayment) return false;
    return dailyOut === null || this.#today() + amount <= dailyOut;
  }

  sends(amount: bigint): void {
    this.#sentToday = this.#today() + amount;
    // What was sent before midnight and comes back after it is not of today.
    if (this.#sentToday < 0n) this.#sentToday = 0n;
  }

  /** As they were read, with what is left of the day. */
  limit(limits: PurseLimits, leftToday: bigint | null): void {
    this.limits = limits;
    this.#day = this.#dayNow();
    this.#sentToday = limits.dailyOut === null || leftToday === null ? 0n : limits.dailyOut - leftToday;
  }

  /** What it holds when all is well: ten-thousandths, without decimals. */
  level(rate: number): bigint {
    const euros = levelByRole[this.member.role] * Math.max(1, rate / levelRate);
    return inWhole(euros, this.member.currency);
  }

  #today(): bigint {
    if (this.#day === this.#dayNow()) return this.#sentToday;
    this.#day = this.#dayNow();
    this.#sentToday = 0n;
    return 0n;
  }

  #dayNow(): number {
    return Math.floor(this.now() / dayMs);
  }
}

/** About as much in a currency as this many euros. */
export function inCurrency(euros: number, currency: string): number {
  return euros * (euroWorth[currency] ?? 1);
}

/** The same in ten-thousandths, without decimals. */
export function inWhole(euros: number, currency: string): bigint {
  return BigInt(Math.round(inCurrency(euros, currency))) * 10_000n;
}
