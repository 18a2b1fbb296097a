import type { LimitTerms } from '@smart-wallet/engine/contract/commands.js';
import { formatDecimal, parseDecimal } from '@smart-wallet/engine/contract/money.js';

/** From which amount on another person has to approve, the same number in every currency; off: from none on. */
export class ApprovalThreshold {
  readonly #amount: bigint | null;

  /** @param text a decimal, or `off` */
  constructor(text: string) {
    this.#amount = text === 'off' ? null : parseDecimal(text);
  }

  reachedBy(amount: bigint): boolean {
    return this.#amount !== null && amount >= this.#amount;
  }

  /** Is a limit removed, or raised to it or above? A credit limit that is none is zero; another one that is none has no end. */
  reachedByLimits(from: LimitTerms, to: LimitTerms): boolean {
    if (this.#amount === null) return false;
    return (
      this.#isRaised(BigInt(from.creditLimit), BigInt(to.creditLimit)) ||
      (['perPayment', 'dailyOut', 'dailyIn'] as const).some((name) =>
        this.#isRaised(bound(from[name]), bound(to[name])),
      )
    );
  }

  toString(): string {
    return this.#amount === null ? 'off' : formatDecimal(this.#amount).replace(/00$/, '');
  }

  #isRaised(from: bigint, to: bigint): boolean {
    return to > from && this.reachedBy(to);
  }
}

/** Above every amount there is. */
const noBound = 10n ** 30n;

function bound(digits: string | null): bigint {
  return digits === null ? noBound : BigInt(digits);
}
