import type { NewCapture } from '@smart-wallet/client';
import { partOf, type Random } from './flows.js';
import { begun, type Ending, type Movement, money } from './movement.js';
import type { Purse } from './purses.js';

/** Holds followed at once; those that are not are never asked for. */
export const openHoldsMax = 300;
/** Holds that ended, whose ids are remembered for those who try them once more. */
export const endedHoldsMax = 40;
/** A hold is left to expire when so little of its time is left that a capture might come too late: longer than anybody asks again. */
export const safeMs = 70_000;
/** Every hold ends by itself, whatever becomes of this program. */
const livesMs = 15 * 60_000;
const forgottenLivesMs = { least: 80_000, most: 200_000 };
const followUpMs = { least: 8_000, most: 150_000 };
/** The platform gives the money back within two seconds. */
const expiredAfterMs = 4_000;
/** Looked at again, when a wallet of it takes no part now. */
const lookAgainMs = 1_000;

/** What becomes of a hold, and of how many of a hundred. */
const ends = [
  ['CAPTURED', 62],
  ['LESS_CAPTURED', 14],
  ['CAPTURED_IN_PARTS', 8],
  ['VOIDED', 9],
  ['EXPIRED', 7],
] as const;
type End = (typeof ends)[number][0];

interface Hold {
  /** Empty until the platform has answered. */
  holdId: string;
  readonly payer: Purse;
  readonly receiver: Purse;
  readonly amount: bigint;
  readonly currency: string;
  readonly reference: string;
  readonly expiresAtMs: number;
  captured: bigint;
  end: End;
  /** When something is done about it next; infinite: nothing is, or it is under way. */
  nextAtMs: number;
}

/** Card-like payments: money is set apart at once, and captured, given back or forgotten later. */
export class Holds {
  readonly #open = new Map<string, Hold>();
  /** By the key of the movement that is under way. */
  readonly #underWay = new Map<string, Hold>();
  readonly #ended: Hold[] = [];
  #nextAtMs = Number.POSITIVE_INFINITY;

  constructor(
    private readonly random: Random,
    private readonly now: () => number,
  ) {}

  /** Those asked for count too. */
  get isFull(): boolean {
    return this.#open.size + this.#underWay.size >= openHoldsMax;
  }

  get open(): number {
    return this.#open.size;
  }

  authorize(payer: Purse, receiver: Purse, amount: bigint, reference: string, description: string | null): Movement {
    const { currency } = payer.member;
    const end = this.#anyEnd();
    const expiresAtMs = this.now() + (end === 'EXPIRED' ? this.#between(forgottenLivesMs) : livesMs);
    const wallets = { walletId: payer.member.walletId, receiverWalletId: receiver.member.walletId };
    const expiresAt = new Date(expiresAtMs).toISOString();
    const movement = begun({
      ...{ kind: 'HOLD', sender: payer, receiver, amount, currency, reference },
      ask: { call: 'hold', body: { ...wallets, ...money(amount, currency), expiresAt, reference, description } },
      effects: [{ purse: payer, balance: 0n, held: amount }],
    });
    const about = { payer, receiver, amount, currency, reference, expiresAtMs, end };
    this.#underWay.set(movement.key, { ...about, holdId: '', captured: 0n, nextAtMs: Number.POSITIVE_INFINITY });
    return movement;
  }

  /** What is due for one of them; null: nothing is. Those whose time is over are given up. */
  due(): Movement | null {
    const nowMs = this.now();
    if (nowMs < this.#nextAtMs) return null;
    let found: Movement | null = null;
    for (const hold of this.#open.values()) {
      if (nowMs >= hold.expiresAtMs + expiredAfterMs) this.#giveBack(hold);
      else if (!found && nowMs >= hold.nextAtMs) found = this.#followUp(hold, nowMs);
    }
    this.#nextAtMs = Math.min(...[...this.#open.values()].map(lookedAtMs));
    return found;
  }

  /** Of a movement that was one of a hold. */
  ended(movement: Movement, ending: Ending, id: string | undefined): void {
    const hold = this.#underWay.get(movement.key);
    if (!hold) return;
    this.#underWay.delete(movement.key);
    if (movement.kind === 'HOLD') {
      if (ending === 'SUCCESS' && id) this.#keep({ ...hold, holdId: id });
    } else if (ending === 'SUCCESS') {
      if (movement.kind === 'CAPTURE') hold.captured += movement.amount;
      const isOver = hold.captured === hold.amount || hold.end !== 'CAPTURED_IN_PARTS';
      hold.end = 'CAPTURED';
      if (isOver) this.#remember(hold);
      else this.#keep(hold);
    } else if (ending === 'UNSENT') this.#keep(hold);
    // What it is now nobody knows here: what it holds is found when its payer is read again.
    else hold.payer.held -= hold.amount - hold.captured;
  }

  /** One that may still be captured, for a while. */
  someOpen(): Hold | undefined {
    return this.#any([...this.#open.values()].filter((hold) => hold.expiresAtMs > this.now() + safeMs));
  }

  /** One that is over: every second time one that expired, if there is any. */
  someEnded(): Hold | undefined {
    const expired = this.#ended.filter(({ end }) => end === 'EXPIRED');
    return this.#any(expired.length > 0 && this.random() < 0.5 ? expired : this.#ended);
  }

  #followUp(hold: Hold, nowMs: number): Movement | null {
    if (hold.payer.doubtful || hold.receiver.doubtful) {
      hold.nextAtMs = nowMs + lookAgainMs;
      return null;
    }
    hold.nextAtMs = Number.POSITIVE_INFINITY;
    if (hold.end === 'EXPIRED' || nowMs > hold.expiresAtMs - safeMs) return null;
    const movement = hold.end === 'VOIDED' ? giveUp(hold) : this.#capture(hold);
    this.#open.delete(hold.holdId);
    this.#underWay.set(movement.key, hold);
    return movement;
  }

  #capture(hold: Hold): Movement {
    const remaining = hold.amount - hold.captured;
    const isLess = hold.end === 'LESS_CAPTURED';
    const share = isLess ? 0.6 + this.random() * 0.35 : 0.3 + this.random() * 0.4;
    const part = hold.end === 'CAPTURED' ? null : partOf(remaining, share, hold.currency);
    const amount = part ?? remaining;
    return capture(hold, amount, {
      body: { ...(part !== null && { amount: money(part, hold.currency).amount }), ...(isLess && { final: true }) },
      unheld: isLess ? remaining : amount,
    });
  }

  #keep(hold: Hold): void {
    hold.nextAtMs = this.now() + this.#between(followUpMs);
    this.#open.set(hold.holdId, hold);
    this.#nextAtMs = Math.min(this.#nextAtMs, lookedAtMs(hold));
  }

  #giveBack(hold: Hold): void {
    hold.payer.held -= hold.amount - hold.captured;
    hold.end = 'EXPIRED';
    this.#open.delete(hold.holdId);
    this.#remember(hold);
  }

  #remember(hold: Hold): void {
    this.#ended.push(hold);
    if (this.#ended.length > endedHoldsMax) this.#ended.shift();
  }

  #anyEnd(): End {
    let place = this.random() * 100;
    for (const [end, weight] of ends) {
      place -= weight;
      if (place < 0) return end;
    }
    return 'CAPTURED';
  }

  #any(holds: readonly Hold[]): Hold | undefined {
    return holds[Math.floor(this.random() * holds.length)];
  }

  #between({ least, most }: { least: number; most: number }): number {
    return least + this.random() * (most - least);
  }
}

/** A capture that the platform refuses: of more than was set apart, or of what is over. */
export function refusedCapture(hold: Hold, amount: bigint | null): Movement {
  const { payer, receiver, currency, reference } = hold;
  return begun({
    ...{ kind: 'CAPTURE', sender: payer, receiver, amount: amount ?? hold.amount, currency, reference },
    ask: {
      ...{ call: 'capture', of: hold.holdId },
      body: amount === null ? {} : { amount: money(amount, currency).amount },
    },
    ...{ meantToFail: true, effects: [] },
  });
}

function capture(hold: Hold, amount: bigint, { body, unheld }: { body: NewCapture; unheld: bigint }): Movement {
  const { payer, receiver, currency, reference } = hold;
  return begun({
    ...{ kind: 'CAPTURE', sender: payer, receiver, amount, currency, reference },
    ask: { call: 'capture', of: hold.holdId, body },
    effects: [
      { purse: payer, balance: -amount, held: -unheld },
      { purse: receiver, balance: amount, held: 0n },
    ],
  });
}

function giveUp(hold: Hold): Movement {
  const { payer, receiver, currency, reference } = hold;
  const amount = hold.amount - hold.captured;
  return begun({
    ...{ kind: 'VOID', sender: payer, receiver, amount, currency, reference },
    ask: { call: 'voidHold', of: hold.holdId, body: {} },
    effects: [{ purse: payer, balance: 0n, held: -amount }],
  });
}

function lookedAtMs({ nextAtMs, expiresAtMs }: Hold): number {
  return Math.min(nextAtMs, expiresAtMs + expiredAfterMs);
}
