import { expect } from 'vitest';
import { utcDay } from '../day.js';
import { decideCapture } from '../decide/capture.js';
import { decideHold } from '../decide/hold.js';
import { decideExpiry, decideVoid } from '../decide/hold-end.js';
import { decideLimits } from '../decide/limits.js';
import { decideRefund, decideReversal } from '../decide/refund.js';
import { decideStatusChange } from '../decide/status-change.js';
import { decideTransfer } from '../decide/transfer.js';
import type { WalletEvent } from '../events.js';
import { evolve } from '../evolve.js';
import { type HoldState, remainingOf } from '../hold-state.js';
import type { Original } from '../original.js';
import { countersOn, type WalletState } from '../wallet-state.js';
import type { NaiveCode, NaiveLedger } from './naive-ledger.js';
import type { Step } from './random-steps.js';
import { wallet } from './wallet.js';

export const funding = 'funding';
const ids = ['a', 'b', 'c'];

export interface Did {
  readonly code: NaiveCode;
  readonly naive: (ledger: NaiveLedger) => NaiveCode;
}

/** Applies decisions to states, as the engine's working copy does. */
export class LedgerUnderTest {
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
