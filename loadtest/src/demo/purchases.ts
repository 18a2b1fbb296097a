import { minorUnit, partOf, type Random } from './flows.js';
import { begun, type Ending, type Movement, money } from './movement.js';
import type { Purse } from './purses.js';

/** What was bought lately, and may be given back: more is forgotten. */
export const purchasesMax = 200;
/** Share of refunds that leave something to refund. */
const partialShare = 0.45;

const refundReasons = ['returned goods', 'one item was missing', 'arrived damaged', 'cancelled booking', 'price match'];
const reversalReasons = ['entered twice', 'wrong customer', 'till error, confirmed by phone'];

interface Purchase {
  readonly transactionId: string;
  readonly buyer: Purse;
  readonly seller: Purse;
  readonly amount: bigint;
  refunded: bigint;
}

/** What people bought, of which some comes back: in part, sometimes the rest later; now and then an operator takes all of it back. */
export class Purchases {
  readonly #all: Purchase[] = [];
  /** By the key of the refund or reversal that is under way. */
  readonly #underWay = new Map<string, Purchase>();

  constructor(private readonly random: Random) {}

  /** Of any movement. */
  ended(movement: Movement, ending: Ending, id: string | undefined): void {
    const { kind, key, sender, receiver, amount } = movement;
    const purchase = this.#underWay.get(key);
    this.#underWay.delete(key);
    if (purchase && ending === 'SUCCESS') purchase.refunded += amount;
    if (purchase && (ending === 'SUCCESS' || ending === 'UNSENT') && purchase.refunded < purchase.amount)
      this.#remember(purchase);
    const isPurchase = kind === 'CAPTURE' || (kind === 'PAYMENT' && movement.reference.startsWith('order'));
    if (!isPurchase || ending !== 'SUCCESS' || !id || !sender || !receiver) return;
    this.#remember({ transactionId: id, buyer: sender, seller: receiver, amount, refunded: 0n });
  }

  /** null: nothing may be given back now. */
  refund(): Movement | null {
    const purchase = this.#take();
    if (!purchase) return null;
    const { buyer, amount, refunded } = purchase;
    const { currency } = buyer.member;
    const isPartial = this.random() < partialShare;
    const part = isPartial ? partOf(amount - refunded, 0.2 + this.random() * 0.6, currency) : null;
    const movement = back('REFUND', purchase, part ?? amount - refunded, {
      ...{ call: 'refund', of: purchase.transactionId },
      body: { ...(part !== null && { amount: money(part, currency).amount }), reason: this.#one(refundReasons) },
    });
    this.#underWay.set(movement.key, purchase);
    return movement;
  }

  /** By an operator. null: nothing may be given back now. */
  reversal(): Movement | null {
    const purchase = this.#take();
    if (!purchase) return null;
    const movement = back('REVERSAL', purchase, purchase.amount - purchase.refunded, {
      ...{ call: 'reverse', of: purchase.transactionId },
      body: { reason: this.#one(reversalReasons) },
    });
    this.#underWay.set(movement.key, purchase);
    return movement;
  }

  /** Of more than was paid. null: nothing was bought lately. */
  refusedRefund(): Movement | null {
    const purchase = this.#all[Math.floor(this.random() * this.#all.length)];
    if (!purchase) return null;
    const { buyer, seller, amount: paid, transactionId } = purchase;
    const { currency } = buyer.member;
    const amount = paid + (partOf(paid, 0.1, currency) ?? minorUnit(currency));
    return begun({
      ...{ kind: 'REFUND', sender: seller, receiver: buyer, amount, currency, reference: 'refund', meantToFail: true },
      ask: {
        ...{ call: 'refund', of: transactionId },
        body: { amount: money(amount, currency).amount, reason: this.#one(refundReasons) },
      },
      effects: [],
    });
  }

  #take(): Purchase | null {
    const place = Math.floor(this.random() * this.#all.length);
    const purchase = this.#all[place];
    if (!purchase) return null;
    const { buyer, seller, amount, refunded } = purchase;
    if (buyer.doubtful || seller.doubtful || seller.spendable < amount - refunded) return null;
    this.#all.splice(place, 1);
    return purchase;
  }

  #remember(purchase: Purchase): void {
    this.#all.push(purchase);
    if (this.#all.length > purchasesMax) this.#all.shift();
  }

  #one(texts: readonly string[]): string {
    return texts[Math.floor(this.random() * texts.length)] as string;
  }
}

function back(
  kind: 'REFUND' | 'REVERSAL',
  { buyer, seller }: Purchase,
  amount: bigint,
  ask: Movement['ask'],
): Movement {
  const { currency } = buyer.member;
  return begun({
    ...{ kind, sender: seller, receiver: buyer, amount, currency, reference: kind.toLowerCase(), ask },
    effects: [
      { purse: seller, balance: -amount, held: 0n },
      { purse: buyer, balance: amount, held: 0n },
    ],
  });
}
