import { minorUnit, type Random } from './flows.js';
import { type Holds, refusedCapture } from './holds.js';
import type { Movement } from './movement.js';
import { payment } from './movement.js';
import type { Purchases } from './purchases.js';
import type { Purse } from './purses.js';

/** Mistakes that are a request of their own: no more a second, at high rates. */
const alonePerSecondMax = 2;

/** What goes wrong, and in how many of a hundred; the rest asks for more than there is. */
const mistakes = [
  ['OVER_PAYMENT_LIMIT', 10],
  ['OVER_DAILY_LIMIT', 8],
  ['CAPTURED_TOO_MUCH', 7],
  ['CAPTURED_TOO_LATE', 8],
  ['REFUNDED_TOO_MUCH', 7],
] as const;
type Mistake = (typeof mistakes)[number][0] | 'OVERDRAWN';

interface Parts {
  readonly holds: Holds;
  readonly purchases: Purchases;
  /** All of them. */
  readonly purses: readonly Purse[];
  readonly random: Random;
}

/** Requests that the platform refuses, each for a reason that people have. They move nothing, whatever else is under way. */
export class Mistakes {
  constructor(private readonly parts: Parts) {}

  /** @param perSecond how many mistakes there are. null: ask for more than there is. */
  next(perSecond: number, receiverOf: (sender: Purse) => Purse | null, reference: string): Movement | null {
    const { holds, purchases, random } = this.parts;
    const mistake = this.#any();
    const isAlone = mistake.startsWith('CAPTURED') || mistake.startsWith('REFUNDED');
    if (isAlone && random() * perSecond > alonePerSecondMax) return null;
    switch (mistake) {
      case 'OVER_PAYMENT_LIMIT':
        return this.#overLimit('perPayment', receiverOf, reference);
      case 'OVER_DAILY_LIMIT':
        return this.#overLimit('dailyOut', receiverOf, reference);
      case 'CAPTURED_TOO_MUCH': {
        const hold = holds.someOpen();
        return hold ? refusedCapture(hold, hold.amount + this.#little(hold.amount, hold.currency)) : null;
      }
      case 'CAPTURED_TOO_LATE': {
        const hold = holds.someEnded();
        return hold ? refusedCapture(hold, null) : null;
      }
      case 'REFUNDED_TOO_MUCH':
        return purchases.refusedRefund();
      case 'OVERDRAWN':
        return null;
    }
  }

  /** More than the limit itself: so it is refused however much of it is used. */
  #overLimit(
    which: 'perPayment' | 'dailyOut',
    receiverOf: (sender: Purse) => Purse | null,
    reference: string,
  ): Movement | null {
    const { purses, random } = this.parts;
    const able = purses.filter(({ limits, doubtful }) => {
      const { perPayment, dailyOut } = limits;
      return !doubtful && (which === 'perPayment' ? perPayment !== null : perPayment === null && dailyOut !== null);
    });
    const sender = able[Math.floor(random() * able.length)];
    const limit = sender?.limits[which];
    const receiver = sender && receiverOf(sender);
    if (!receiver || limit === null || limit === undefined) return null;
    const amount = limit + this.#little(limit, sender.member.currency);
    return payment(sender, receiver, amount, reference, { meantToFail: true });
  }

  /** Up to a fifth of it, above zero. */
  #little(amount: bigint, currency: string): bigint {
    const minor = minorUnit(currency);
    return (BigInt(Math.floor(Number(amount / minor) * 0.2 * this.parts.random())) + 1n) * minor;
  }

  #any(): Mistake {
    let place = this.parts.random() * 100;
    for (const [mistake, weight] of mistakes) {
      place -= weight;
      if (place < 0) return mistake;
    }
    return 'OVERDRAWN';
  }
}
