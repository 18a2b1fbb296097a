import type { Member, Role } from './cast.js';

/** What one euro is worth, roughly. */
const euroWorth: Readonly<Record<string, number>> = { EUR: 1, USD: 1.1, GBP: 0.85, JPY: 160 };

/** In euros: what a wallet has at first, and comes back to. */
const levelByRole: Readonly<Record<Role, number>> = {
  person: 2_500,
  merchant: 12_000,
  supplier: 20_000,
  payroll: 60_000,
};

/** Above this many payments a second wallets hold more, so that none runs dry between two top-ups. */
const levelRate = 100;

/** What the demo believes of one wallet. Others may use it too: a belief that proves wrong is read again. */
export class Purse {
  balance = 0n;
  /** Leaving with payments that have no answer yet. */
  leaving = 0n;
  /** Arriving with them. */
  arriving = 0n;
  /** A deposit or withdrawal is under way. */
  settling = false;
  /** The balance must be read again; until then it takes no part. */
  doubtful = false;

  constructor(readonly member: Member) {}

  get available(): bigint {
    return this.balance - this.leaving;
  }

  /** What it holds when all is well: ten-thousandths, without decimals. */
  level(rate: number): bigint {
    const euros = levelByRole[this.member.role] * Math.max(1, rate / levelRate);
    return BigInt(Math.round(inCurrency(euros, this.member.currency))) * 10_000n;
  }
}

/** About as much in a currency as this many euros. */
export function inCurrency(euros: number, currency: string): number {
  return euros * (euroWorth[currency] ?? 1);
}
