import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type WalletStatus, walletStatuses } from '../contract/wallet.js';
import { utcDay } from './day.js';
import { decideCapture } from './decide/capture.js';
import { decideHold } from './decide/hold.js';
import { decideExpiry, decideVoid } from './decide/hold-end.js';
import { decideLimits } from './decide/limits.js';
import { decideRefund, decideReversal } from './decide/refund.js';
import { decideStatusChange } from './decide/status-change.js';
import { decideTransfer } from './decide/transfer.js';
import type { WalletEvent } from './events.js';
import { evolve } from './evolve.js';
import { type HoldState, remainingOf } from './hold-state.js';
import type { Original } from './original.js';
import { dayMs, type NaiveCode, NaiveLedger, type NaiveLimits } from './testing/naive-ledger.js';
import { wallet } from './testing/wallet.js';
import { countersOn, type WalletState } from './wallet-state.js';

const funding = 'funding';
const ids = ['a', 'b', 'c'];
/** Some hours before a midnight: sequences run across it. */
const startMs = Date.UTC(2026, 10, 30, 20);

type Step = { readonly afterMs: number } & (
  | {
      readonly do: 'transfer' | 'hold';
      readonly from: number;
      readonly to: number;
      readonly amount: number;
      readonly livesMs: number;
    }
  | { readonly do: 'capture'; readonly which: number; readonly amount: number | null; readonly final: boolean }
  | { readonly do: 'void' | 'expire' | 'reverse'; readonly which: number }
  | { readonly do: 'refund'; readonly which: number; readonly amount: number | null }
  | { readonly do: 'limits'; readonly of: number; readonly limits: NaiveLimits }
  | { readonly do: 'status'; readonly of: number; readonly status: WalletStatus }
);

const which = fc.nat({ max: 5 });
const cents = fc.integer({ min: 1, max: 60 });
const bound = fc.option(fc.integer({ min: 0, max: 120 }), { freq: 2 });
const afterMs = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 60_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 6 * 3_600_000 }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('transfer' as const),
      afterMs,
      from: fc.nat(3),
      to: fc.nat(3),
      amount: cents,
      livesMs: fc.constant(0),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('hold' as const),
      afterMs,
      from: fc.nat(2),
      to: fc.nat(2),
      amount: cents,
      livesMs: fc.integer({ min: 1, max: 8 * 3_600_000 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('capture' as const),
      afterMs,
      which,
      amount: fc.option(cents, { freq: 3 }),
      final: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('void' as const, 'expire' as const, 'expire' as const, 'reverse' as const),
      afterMs,
      which,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('refund' as const), afterMs, which, amount: fc.option(cents, { freq: 3 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('limits' as const),
      afterMs,
      of: fc.nat(2),
      limits: fc.record({ credit: fc.constantFrom(0, 0, 50, 200), perPayment: bound, dailyOut: bound, dailyIn: bound }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('status' as const),
      afterMs,
      of: fc.nat(2),
      status: fc.constantFrom('ACTIVE' as const, 'ACTIVE' as const, ...walletStatuses),
    }),
  },
);

test('decide and evolve agree with a naive ledger that keeps facts and sums them up', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), (steps) => {
      const naive = new NaiveLedger(funding);
      const ledger = new LedgerUnderTest();
      let at = startMs;
      for (const [from, to] of [
        [3, 0],
        [3, 1],
      ] as const) {
        const did = ledger.do(
          `begin ${to}`,
          { do: 'transfer', from, to, amount: 100, afterMs: 0, livesMs: 0 },
          at - dayMs,
        );
        expect(did?.code).toBe(did?.naive(naive));
      }
      for (const [i, each] of steps.entries()) {
        at += each.afterMs;
        const id = `t${i}`;
        const did = ledger.do(id, each, at);
        if (!did) continue;
        expect(did.code).toBe(did.naive(naive));
        seen.set(`${each.do} ${did.code}`, (seen.get(`${each.do} ${did.code}`) ?? 0) + 1);
      }
      ledger.agreesWith(naive, at);
    }),
    { numRuns: 10_000 },
  );
  // What the sequences never met they prove nothing about.
  for (const met of [
    'transfer OK',
    'transfer INSUFFICIENT_FUNDS',
    'transfer DAILY_OUT_LIMIT_EXCEEDED',
    'transfer DAILY_IN_LIMIT_EXCEEDED',
    'transfer PAYMENT_LIMIT_EXCEEDED',
    'transfer WALLET_NOT_ACTIVE',
    'hold OK',
    'hold INSUFFICIENT_FUNDS',
    'hold DAILY_OUT_LIMIT_EXCEEDED',
    'capture OK',
    'capture HOLD_EXPIRED',
    'capture HOLD_NOT_OPEN',
    'capture CAPTURE_EXCEEDS_HOLD',
    'capture DAILY_IN_LIMIT_EXCEEDED',
    'void OK',
    'void HOLD_EXPIRED',
    'void HOLD_NOT_OPEN',
    'expire OK',
    'expire NOT_DUE',
    'refund OK',
    'refund NOT_REFUNDABLE',
    'refund REFUND_EXCEEDS_REMAINING',
    'refund INSUFFICIENT_FUNDS',
    'reverse OK',
    'reverse NOT_REVERSIBLE',
    'reverse NOTHING_LEFT_TO_REVERSE',
    'reverse INSUFFICIENT_FUNDS',
    'limits OK',
    'limits CREDIT_LIMIT_IN_USE',
    'status OK',
  ]) {
    expect(seen.get(met) ?? 0, met).toBeGreaterThan(100);
  }
});

interface Did {
  readonly code: NaiveCode;
  readonly naive: (ledger: NaiveLedger) => NaiveCode;
}

/** Applies decisions to states, as the engine's working copy does. */
class LedgerUnderTest {
  readonly #wallets = new Map<string, WalletState>([
    ...ids.map((id) => [id, wallet(id)] as const),
    [funding, wallet(funding, { kind: 'FUNDING', floor: null })],
  ]);
  readonly #holds: HoldState[] = [];
  readonly #originals: Original[] = [];

  /** undefined: there is nothing yet that the step could be about. */
  do(id: string, step: Step, at: number): Did | undefined {
    const day = utcDay(at);
    switch (step.do) {
      case 'transfer': {
        const [from, to] = [walletId(step.from), walletId(step.to)];
        if (from === to) return undefined;
        const kind = from === funding ? 'DEPOSIT' : to === funding ? 'WITHDRAWAL' : 'PAYMENT';
        const decision = decideTransfer(this.#of(from), this.#of(to), {
          kind,
          amount: scaled(step.amount),
          currency: 'EUR',
          day,
        });
        if (decision.type !== 'REFUSED') this.#paid(id, kind, decision.amount, from, to);
        return this.#did(decision, (naive) => naive.transfer(id, kind, from, to, step.amount, at));
      }
      case 'hold': {
        const [from, to] = [walletId(step.from), walletId(step.to)];
        if (from === to) return undefined;
        const expiresAtMs = at + step.livesMs;
        const decision = decideHold(this.#of(from), this.#of(to), {
          amount: scaled(step.amount),
          currency: 'EUR',
          day,
        });
        if (decision.type === 'FUNDS_HELD') {
          this.#holds.push({
            ...{
              holdId: id,
              walletId: from,
              receiverWalletId: to,
              currency: 'EUR',
              amount: decision.amount,
              captured: 0n,
            },
            ...{ captures: 0, status: 'OPEN', expiresAtMs, day },
          });
        }
        return this.#did(decision, (naive) => naive.hold(id, from, to, step.amount, at, expiresAtMs));
      }
      case 'capture': {
        const hold = nth(this.#holds, step.which);
        if (!hold) return undefined;
        const { holdId, walletId: from, receiverWalletId: to } = hold;
        const amount = step.amount === null ? null : scaled(step.amount);
        const decision = decideCapture(hold, this.#of(from), this.#of(to), { amount, final: step.final, nowMs: at });
        if (decision.type === 'CAPTURED') {
          this.#replace(decision.hold);
          this.#paid(id, 'CAPTURE', decision.pair.amount, from, to);
        }
        const event = decision.type === 'CAPTURED' ? decision.pair : decision;
        return this.#did(event, (naive) => naive.capture(id, holdId, step.amount, step.final, at));
      }
      case 'void':
      case 'expire': {
        const hold = nth(this.#holds, step.which);
        if (!hold) return undefined;
        const decision = step.do === 'void' ? decideVoid(hold, at) : decideExpiry(hold, at);
        if (decision?.type === 'HOLD_ENDED') this.#replace(decision.hold);
        const event = decision?.type === 'HOLD_ENDED' ? decision.released : decision;
        return this.#did(event, (naive) =>
          step.do === 'void' ? naive.void(id, hold.holdId, at) : naive.expire(id, hold.holdId, at),
        );
      }
      case 'refund':
      case 'reverse': {
        const original = nth(this.#originals, step.which);
        if (!original) return undefined;
        const { transactionId, senderWalletId, receiverWalletId } = original;
        const wallets = { payer: this.#of(receiverWalletId), payee: this.#of(senderWalletId) };
        const decision =
          step.do === 'refund'
            ? decideRefund(original, wallets, { amount: step.amount === null ? null : scaled(step.amount), day })
            : decideReversal(original, wallets, day);
        if (decision.type === 'TAKEN_BACK') {
          this.#originals[this.#originals.indexOf(original)] = decision.original;
          // So that refunds of refunds are asked for, too.
          this.#paid(
            id,
            step.do === 'refund' ? 'REFUND' : 'REVERSAL',
            decision.pair.amount,
            receiverWalletId,
            senderWalletId,
          );
        }
        const event = decision.type === 'TAKEN_BACK' ? decision.pair : decision;
        return this.#did(event, (naive) =>
          step.do === 'refund'
            ? naive.refund(id, transactionId, step.amount, at)
            : naive.reverse(id, transactionId, at),
        );
      }
      case 'limits': {
        const { credit, perPayment, dailyOut, dailyIn } = step.limits;
        const limits = {
          perPayment: scaledOrNull(perPayment),
          dailyOut: scaledOrNull(dailyOut),
          dailyIn: scaledOrNull(dailyIn),
        };
        const decision = decideLimits(this.#of(walletId(step.of)), { creditLimit: scaled(credit), limits });
        return this.#did(decision, (naive) => naive.changeLimits(walletId(step.of), step.limits));
      }
      case 'status': {
        const decision = decideStatusChange(this.#of(walletId(step.of)), step.status);
        return this.#did(decision, (naive) => naive.changeStatus(walletId(step.of), step.status));
      }
    }
  }

  agreesWith(naive: NaiveLedger, at: number): void {
    let total = 0n;
    for (const [id, state] of this.#wallets) {
      total += state.balance;
      const counters = countersOn(state, utcDay(at));
      const kept = { balance: state.balance, held: state.held, status: state.status };
      expect([id, kept]).toEqual([
        id,
        { balance: scaled(naive.balance(id)), held: scaled(naive.held(id)), status: naive.status(id) },
      ]);
      if (id === funding) continue;
      expect([id, counters]).toEqual([id, { out: scaled(naive.out(id, at)), in: scaled(naive.in(id, at)) }]);
      expect(state.balance - state.held >= (state.floor as bigint)).toBe(true);
    }
    expect(total).toBe(0n);
    for (const hold of this.#holds) {
      expect([hold.holdId, hold.status]).toEqual([hold.holdId, naive.holdStatus(hold.holdId)]);
      expect(remainingOf(hold)).toBe(hold.status === 'OPEN' ? scaled(naive.remaining(hold.holdId)) : 0n);
      expect(hold.captured <= hold.amount).toBe(true);
    }
    for (const { transactionId, amount, refunded } of this.#originals) {
      expect(refunded).toBe(scaled(naive.refunded(transactionId)));
      expect(refunded <= amount).toBe(true);
    }
  }

  #of(id: string): WalletState {
    return this.#wallets.get(id) as WalletState;
  }

  #paid(
    transactionId: string,
    kind: Original['kind'],
    amount: bigint,
    senderWalletId: string,
    receiverWalletId: string,
  ): void {
    this.#originals.push({
      ...{ transactionId, kind, status: 'SUCCESS', senderWalletId, receiverWalletId, amount, currency: 'EUR' },
      ...{ refunded: 0n, refunds: 0 },
    });
  }

  #replace(hold: HoldState): void {
    this.#holds[this.#holds.findIndex(({ holdId }) => holdId === hold.holdId)] = hold;
  }

  #did(
    decision: WalletEvent | { type: 'REFUSED' | 'REJECTED'; code: NaiveCode } | undefined,
    naive: Did['naive'],
  ): Did {
    if (decision === undefined) return { code: 'NOT_DUE', naive };
    if ('code' in decision) return { code: decision.code, naive };
    for (const [id, state] of this.#wallets) this.#wallets.set(id, evolve(state, decision));
    return { code: 'OK', naive };
  }
}

function walletId(n: number): string {
  return ids[n] ?? funding;
}

/** One of the latest. */
function nth<T>(all: readonly T[], n: number): T | undefined {
  return all.at(-1 - (n % Math.max(1, all.length)));
}

function scaled(cents: number): bigint {
  return BigInt(cents) * 100n;
}

function scaledOrNull(cents: number | null): bigint | null {
  return cents === null ? null : scaled(cents);
}
