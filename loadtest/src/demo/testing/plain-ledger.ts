import { randomUUID } from 'node:crypto';
import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { Movement } from '../movement.js';
import { noLimits, type Purse } from '../purses.js';

interface Account {
  balance: bigint;
  held: bigint;
  sentToday: bigint;
  day: number;
}

interface LedgerHold {
  readonly purse: Purse;
  readonly amount: bigint;
  readonly expiresAtMs: number;
  remaining: bigint;
  status: 'OPEN' | 'CAPTURED' | 'VOIDED' | 'EXPIRED';
}

export type Decision = { id: string } | { code: string };

/** What the platform would say to the demo's requests: reads the request, never what the demo believes. */
export class PlainLedger {
  readonly holds = new Map<string, LedgerHold>();
  readonly #open = new Set<LedgerHold>();
  readonly #accounts = new Map<Purse, Account>();
  readonly #paid = new Map<string, { amount: bigint; refunded: bigint }>();

  constructor(
    purses: readonly Purse[],
    private readonly now: () => number,
  ) {
    for (const purse of purses) this.#accounts.set(purse, { balance: purse.balance, held: 0n, sentToday: 0n, day: 0 });
  }

  account(purse: Purse): Account {
    const account = this.#accounts.get(purse) as Account;
    const day = Math.floor(this.now() / 86_400_000);
    if (account.day !== day) Object.assign(account, { day, sentToday: 0n });
    return account;
  }

  openHolds(): number {
    return [...this.holds.values()].filter(({ status }) => status === 'OPEN').length;
  }

  decide(movement: Movement): Decision {
    this.#expire();
    const { kind, sender, receiver, ask, amount } = movement;
    if (kind === 'CAPTURE' || kind === 'VOID') return this.#ofHold(movement);
    const id = randomUUID();
    if (kind === 'REFUND' || kind === 'REVERSAL') {
      const paid = this.#paid.get(ask.of ?? '');
      if (!paid) return { code: 'NOT_FOUND' };
      const left = paid.amount - paid.refunded;
      const asked = amountIn(ask.body ?? {}) ?? left;
      if (left === 0n || asked > left) return { code: 'REFUND_EXCEEDS_REMAINING' };
      if (asked > this.#spendable(sender as Purse)) return { code: 'INSUFFICIENT_FUNDS' };
      paid.refunded += asked;
      this.#move(sender, receiver, asked);
      return { id };
    }
    const refusal = sender && this.#refusal(sender, amount);
    if (refusal) return { code: refusal };
    if (sender) this.account(sender).sentToday += amount;
    if (kind === 'HOLD') {
      const expiresAtMs = Date.parse((ask.body as { expiresAt: string }).expiresAt);
      const hold: LedgerHold = { purse: sender as Purse, amount, expiresAtMs, remaining: amount, status: 'OPEN' };
      this.holds.set(id, hold);
      this.#open.add(hold);
      this.account(sender as Purse).held += amount;
    } else if (kind === 'PAYROLL') {
      const payments = ask.body as { receiverWalletId: string; amount: string }[];
      for (const { receiverWalletId, amount: wage } of payments)
        this.#move(sender, this.#purseOf(receiverWalletId), parseDecimal(wage));
    } else {
      this.#paid.set(id, { amount, refunded: 0n });
      this.#move(sender, receiver, amount);
    }
    return { id };
  }

  #ofHold({ kind, receiver, ask }: Movement): Decision {
    const hold = this.holds.get(ask.of ?? '');
    if (!hold) return { code: 'HOLD_NOT_FOUND' };
    if (hold.status === 'EXPIRED') return { code: 'HOLD_EXPIRED' };
    if (hold.status !== 'OPEN') return { code: 'HOLD_NOT_OPEN' };
    const account = this.account(hold.purse);
    if (kind === 'VOID') {
      account.held -= hold.remaining;
      Object.assign(hold, { remaining: 0n, status: 'VOIDED' });
      return { id: randomUUID() };
    }
    const amount = amountIn(ask.body ?? {}) ?? hold.remaining;
    if (amount > hold.remaining) return { code: 'CAPTURE_EXCEEDS_HOLD' };
    const isOver = ((ask.body ?? {}) as { final?: boolean }).final === true || amount === hold.remaining;
    account.held -= isOver ? hold.remaining : amount;
    hold.remaining = isOver ? 0n : hold.remaining - amount;
    if (isOver) hold.status = 'CAPTURED';
    this.#move(hold.purse, receiver, amount);
    const id = randomUUID();
    this.#paid.set(id, { amount, refunded: 0n });
    return { id };
  }

  #expire(): void {
    for (const hold of this.#open) {
      if (hold.status !== 'OPEN') this.#open.delete(hold);
      if (hold.status !== 'OPEN' || this.now() < hold.expiresAtMs) continue;
      this.account(hold.purse).held -= hold.remaining;
      Object.assign(hold, { remaining: 0n, status: 'EXPIRED' });
    }
  }

  #refusal(sender: Purse, amount: bigint): string | null {
    const { perPayment, dailyOut } = sender.limits;
    if (perPayment !== null && amount > perPayment) return 'PAYMENT_LIMIT_EXCEEDED';
    if (dailyOut !== null && this.account(sender).sentToday + amount > dailyOut) return 'DAILY_OUT_LIMIT_EXCEEDED';
    return amount > this.#spendable(sender) ? 'INSUFFICIENT_FUNDS' : null;
  }

  #spendable(purse: Purse): bigint {
    const { balance, held } = this.account(purse);
    return balance - held + (purse.limits ?? noLimits).credit;
  }

  #move(from: Purse | null, to: Purse | null | undefined, amount: bigint): void {
    if (from) this.account(from).balance -= amount;
    if (to) this.account(to).balance += amount;
  }

  #purseOf(walletId: string): Purse | undefined {
    return [...this.#accounts.keys()].find(({ member }) => member.walletId === walletId);
  }
}

function amountIn(body: object): bigint | null {
  const { amount } = body as { amount?: string };
  return amount === undefined ? null : parseDecimal(amount);
}
