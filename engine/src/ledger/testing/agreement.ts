import fc from 'fast-check';
import { expect } from 'vitest';
import { funding, LedgerUnderTest } from './ledger-under-test.js';
import { dayMs, NaiveLedger } from './naive-ledger.js';
import { step } from './random-steps.js';

/** Some hours before a midnight: sequences run across it. */
const startMs = Date.UTC(2026, 10, 30, 20);

/** Decide and evolve agree, over so many random sequences, with a naive ledger that keeps facts and sums them up. */
export function expectAgreement(sequences: number, seed: number): void {
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
    { numRuns: sequences, seed },
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
}
