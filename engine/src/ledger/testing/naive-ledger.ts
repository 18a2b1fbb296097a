import type { RefusalCode, RejectionCode } from '../../contract/rejection.js';
import type { TransactionKind } from '../../contract/transaction-kind.js';
import type { WalletStatus } from '../../contract/wallet.js';

/*
 * The rules once more, in the plainest way: facts are kept as they happened, and everything is summed up from them whenever it is
 * asked for. Nothing is shared with the rules under test but the names.
 */

export type NaiveCode = RefusalCode | RejectionCode | 'OK' | 'NOT_DUE';

interface Fact {
  readonly id: string;
  readonly kind: TransactionKind;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  readonly at: number;
  /** Of a capture, void or expiry: the hold. Of a refund or reversal: the original. */
  readonly parent?: string;
  /** Of a capture, void or expiry: what went back. */
  readonly released?: number;
}

interface Hold {
  readonly expiresAt: number;
}

export interface NaiveLimits {
  readonly credit: number;
  readonly perPayment: number | null;
  readonly dailyOut: number | null;
  readonly dailyIn: number | null;
}

export const dayMs = 24 * 3_600_000;
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
const movesMoney = ['PAYMENT', 'DEPOSIT', 'WITHDRAWAL', 'CAPTURE', 'REFUND', 'REVERSAL'];

/** Amounts in cents. */
export class NaiveLedger {
  readonly facts: Fact[] = [];
  readonly #holds = new Map<string, Hold>();
  readonly #statuses = new Map<string, WalletStatus>();
  readonly #limits = new Map<string, NaiveLimits>();

  constructor(private readonly funding: string) {}

  balance(wallet: string): number {
    let sum = 0;
    for (const { kind, from, to, amount } of this.facts) {
      if (!movesMoney.includes(kind)) continue;
      if (from === wallet) sum -= amount;
      if (to === wallet) sum += amount;
    }
    return sum;
  }

  held(wallet: string): number {
    let sum = 0;
    for (const fact of this.facts) if (fact.kind === 'HOLD' && fact.from === wallet) sum += this.remaining(fact.id);
    return sum;
  }

  available(wallet: string): number {
    return this.balance(wallet) - this.held(wallet);
  }

  status(wallet: string): WalletStatus {
    return this.#statuses.get(wallet) ?? 'ACTIVE';
  }

  limits(wallet: string): NaiveLimits {
    return this.#limits.get(wallet) ?? { credit: 0, perPayment: null, dailyOut: null, dailyIn: null };
  }

  out(wallet: string, at: number): number {
    let sum = 0;
    for (const fact of this.facts) {
      if (fact.from !== wallet) continue;
      if (['PAYMENT', 'WITHDRAWAL', 'HOLD'].includes(fact.kind) && dayOf(fact.at) === dayOf(at)) sum += fact.amount;
      if (fact.released && dayOf(fact.at) === dayOf(at) && dayOf(this.#fact(fact.parent).at) === dayOf(at))
        sum -= fact.released;
    }
    return sum;
  }

  in(wallet: string, at: number): number {
    return this.facts
      .filter(({ kind, to }) => to === wallet && ['PAYMENT', 'DEPOSIT', 'CAPTURE'].includes(kind))
      .filter((fact) => dayOf(fact.at) === dayOf(at))
      .reduce((sum, { amount }) => sum + amount, 0);
  }

  /** What may still be captured of a hold. */
  remaining(holdId: string): number {
    let left = this.#fact(holdId).amount;
    for (const { kind, parent, amount, released = 0 } of this.facts) {
      if (parent !== holdId) continue;
      left -= kind === 'CAPTURE' ? amount + released : released;
    }
    return left;
  }

  holdStatus(holdId: string): 'OPEN' | 'CAPTURED' | 'VOIDED' | 'EXPIRED' {
    const children = this.facts.filter(({ parent }) => parent === holdId);
    if (children.some(({ kind }) => kind === 'VOID')) return 'VOIDED';
    if (children.some(({ kind }) => kind === 'EXPIRY')) return 'EXPIRED';
    return this.remaining(holdId) === 0 ? 'CAPTURED' : 'OPEN';
  }

  /** What was paid back of a transaction. */
  refunded(id: string): number {
    return this.facts
      .filter(({ parent, kind }) => parent === id && (kind === 'REFUND' || kind === 'REVERSAL'))
      .reduce((sum, { amount }) => sum + amount, 0);
  }

  transfer(
    id: string,
    kind: 'PAYMENT' | 'DEPOSIT' | 'WITHDRAWAL',
    from: string,
    to: string,
    amount: number,
    at: number,
  ): NaiveCode {
    const code =
      this.#bothActive(from, to) ??
      this.#within(from, amount, at) ??
      this.#receives(to, amount, at) ??
      this.#affords(from, amount);
    if (code) return code;
    this.facts.push({ id, kind, from, to, amount, at });
    return 'OK';
  }

  hold(id: string, from: string, to: string, amount: number, at: number, expiresAt: number): NaiveCode {
    const code = this.#bothActive(from, to) ?? this.#within(from, amount, at) ?? this.#affords(from, amount);
    if (code) return code;
    this.facts.push({ id, kind: 'HOLD', from, to, amount, at });
    this.#holds.set(id, { expiresAt });
    return 'OK';
  }

  capture(id: string, holdId: string, asked: number | null, final: boolean, at: number): NaiveCode {
    const { from, to } = this.#fact(holdId);
    const remaining = this.remaining(holdId);
    const amount = asked ?? remaining;
    const open = this.#openRule(holdId, at);
    if (open) return open;
    if (amount > remaining) return 'CAPTURE_EXCEEDS_HOLD';
    if (this.facts.filter(({ parent, kind }) => parent === holdId && kind === 'CAPTURE').length >= 100)
      return 'TOO_MANY_CAPTURES';
    const code = this.#bothActive(from, to) ?? this.#receives(to, amount, at);
    if (code) return code;
    this.facts.push({
      id,
      kind: 'CAPTURE',
      from,
      to,
      amount,
      at,
      parent: holdId,
      released: final ? remaining - amount : 0,
    });
    return 'OK';
  }

  void(id: string, holdId: string, at: number): NaiveCode {
    return this.#openRule(holdId, at) ?? this.#release(id, 'VOID', holdId, at);
  }

  expire(id: string, holdId: string, at: number): NaiveCode {
    if (this.holdStatus(holdId) !== 'OPEN' || at < (this.#holds.get(holdId) as Hold).expiresAt) return 'NOT_DUE';
    return this.#release(id, 'EXPIRY', holdId, at);
  }

  refund(id: string, originalId: string, asked: number | null, at: number): NaiveCode {
    const { kind, from, to, amount: paid } = this.#fact(originalId);
    if (kind !== 'PAYMENT' && kind !== 'CAPTURE') return 'NOT_REFUNDABLE';
    const left = paid - this.refunded(originalId);
    const amount = asked ?? left;
    if (amount > left || left === 0) return 'REFUND_EXCEEDS_REMAINING';
    const refunds = this.facts.filter(({ parent, kind: each }) => parent === originalId && each === 'REFUND').length;
    if (refunds >= 100) return 'TOO_MANY_REFUNDS';
    const code = this.#bothActive(to, from) ?? this.#affords(to, amount);
    if (code) return code;
    this.facts.push({ id, kind: 'REFUND', from: to, to: from, amount, at, parent: originalId });
    return 'OK';
  }

  reverse(id: string, originalId: string, at: number): NaiveCode {
    const { kind, from, to, amount } = this.#fact(originalId);
    if (!['PAYMENT', 'CAPTURE', 'DEPOSIT', 'WITHDRAWAL'].includes(kind)) return 'NOT_REVERSIBLE';
    const left = amount - this.refunded(originalId);
    if (left === 0) return 'NOTHING_LEFT_TO_REVERSE';
    if (this.status(from) === 'CLOSED' || this.status(to) === 'CLOSED') return 'WALLET_NOT_ACTIVE';
    const code = this.#affords(to, left);
    if (code) return code;
    this.facts.push({ id, kind: 'REVERSAL', from: to, to: from, amount: left, at, parent: originalId });
    return 'OK';
  }

  changeLimits(wallet: string, limits: NaiveLimits): NaiveCode {
    if (this.available(wallet) < -limits.credit) return 'CREDIT_LIMIT_IN_USE';
    this.#limits.set(wallet, limits);
    return 'OK';
  }

  changeStatus(wallet: string, to: WalletStatus): NaiveCode {
    const from = this.status(wallet);
    if (from !== to && (from === 'CLOSED' || to === 'CREATED' || (from === 'CREATED' && to === 'SUSPENDED'))) {
      return 'ILLEGAL_STATUS_CHANGE';
    }
    if (to === 'CLOSED' && (this.balance(wallet) !== 0 || this.held(wallet) !== 0)) return 'WALLET_NOT_EMPTY';
    this.#statuses.set(wallet, to);
    return 'OK';
  }

  #fact(id: string | undefined): Fact {
    return this.facts.find((fact) => fact.id === id) as Fact;
  }

  #release(id: string, kind: 'VOID' | 'EXPIRY', holdId: string, at: number): NaiveCode {
    const { from, to } = this.#fact(holdId);
    const released = this.remaining(holdId);
    this.facts.push({ id, kind, from, to, amount: released, at, parent: holdId, released });
    return 'OK';
  }

  #openRule(holdId: string, at: number): NaiveCode | undefined {
    const status = this.holdStatus(holdId);
    if (status === 'EXPIRED' || (status === 'OPEN' && at >= (this.#holds.get(holdId) as Hold).expiresAt))
      return 'HOLD_EXPIRED';
    return status === 'OPEN' ? undefined : 'HOLD_NOT_OPEN';
  }

  #bothActive(...wallets: string[]): NaiveCode | undefined {
    return wallets.every((wallet) => this.status(wallet) === 'ACTIVE') ? undefined : 'WALLET_NOT_ACTIVE';
  }

  #within(from: string, amount: number, at: number): NaiveCode | undefined {
    if (from === this.funding) return undefined;
    const { perPayment, dailyOut } = this.limits(from);
    if (perPayment !== null && amount > perPayment) return 'PAYMENT_LIMIT_EXCEEDED';
    if (dailyOut !== null && this.out(from, at) + amount > dailyOut) return 'DAILY_OUT_LIMIT_EXCEEDED';
    return undefined;
  }

  #receives(to: string, amount: number, at: number): NaiveCode | undefined {
    if (to === this.funding) return undefined;
    const { dailyIn } = this.limits(to);
    return dailyIn !== null && this.in(to, at) + amount > dailyIn ? 'DAILY_IN_LIMIT_EXCEEDED' : undefined;
  }

  #affords(from: string, amount: number): NaiveCode | undefined {
    if (from === this.funding) return undefined;
    return this.available(from) - amount < -this.limits(from).credit ? 'INSUFFICIENT_FUNDS' : undefined;
  }
}
