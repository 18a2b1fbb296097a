import { describe, expect, test } from 'vitest';
import { refundsMax } from '../../contract/limits.js';
import { evolve } from '../evolve.js';
import type { Original } from '../original.js';
import { wallet } from '../testing/wallet.js';
import { decideRefund, decideReversal, type TakenBack } from './refund.js';

/** 100.00 EUR that `a` paid to `b`. */
function paid(changes: Partial<Original> = {}): Original {
  return {
    ...{ transactionId: 't', kind: 'PAYMENT', status: 'SUCCESS', senderWalletId: 'a', receiverWalletId: 'b' },
    ...{ amount: 1_000_000n, currency: 'EUR', refunded: 0n, refunds: 0 },
    ...changes,
  };
}

const payer = wallet('b', { balance: 1_000_000n });
const payee = wallet('a');
const both = { payer, payee };
const refund = (original: Original, amount: bigint | null = null, wallets = both) =>
  decideRefund(original, wallets, { amount, day: 1 });

describe('a refund', () => {
  test('of 60 and then of 50 of the 100 paid: the second is more than what is left', () => {
    const first = refund(paid(), 600_000n) as TakenBack;
    expect(first.original).toMatchObject({ refunded: 600_000n, refunds: 1 });
    expect(evolve(payer, first.pair).balance).toBe(400_000n);
    expect(evolve(payee, first.pair).balance).toBe(600_000n);
    expect(refund(first.original, 500_000n)).toMatchObject({
      code: 'REFUND_EXCEEDS_REMAINING',
      reason: expect.stringContaining('40.00 EUR is left to refund, 50.00 is asked for'),
      restsOn: ['t'],
    });
    expect(refund(first.original)).toMatchObject({ type: 'TAKEN_BACK', pair: { amount: 400_000n } });
  });

  test('of all that is left, when nothing is, says so, and not that nothing was asked for', () => {
    const refunded = paid({ refunded: 1_000_000n, refunds: 1 });
    for (const amount of [null, 500_000n]) {
      expect(refund(refunded, amount)).toMatchObject({
        code: 'REFUND_EXCEEDS_REMAINING',
        reason: 'All of transaction t was paid back already.',
        restsOn: ['t'],
      });
    }
  });

  test('counts in no daily limit', () => {
    const limits = { perPayment: 1n, dailyOut: 1n, dailyIn: 1n };
    const { pair } = refund(paid(), null, { payer: { ...payer, limits }, payee: { ...payee, limits } }) as TakenBack;
    expect(pair).toMatchObject({ countedOut: 0n, countedIn: 0n });
  });

  test.each(['DEPOSIT', 'WITHDRAWAL', 'HOLD', 'VOID', 'REFUND', 'REVERSAL'] as const)('of a %s is none', (kind) => {
    expect(refund(paid({ kind }))).toMatchObject({ code: 'NOT_REFUNDABLE', restsOn: [] });
  });

  test('of a payment that failed is none', () => {
    expect(refund(paid({ status: 'FAILED' }))).toMatchObject({ code: 'NOT_REFUNDABLE' });
  });

  test('is refused for the first of these: kind, cap, status, funds', () => {
    const broke = { payer: wallet('b', { status: 'SUSPENDED' }), payee };
    expect(refund(paid({ kind: 'DEPOSIT' }), 2_000_000n, broke)).toMatchObject({ code: 'NOT_REFUNDABLE' });
    expect(refund(paid(), 2_000_000n, broke)).toMatchObject({ code: 'REFUND_EXCEEDS_REMAINING' });
    expect(refund(paid(), null, broke)).toMatchObject({ code: 'WALLET_NOT_ACTIVE', restsOn: ['b'] });
    expect(refund(paid(), null, { payer: wallet('b'), payee })).toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
      restsOn: ['b'],
    });
  });

  test('may happen so often and no more', () => {
    expect(refund(paid({ refunds: refundsMax }), 100n)).toMatchObject({ code: 'TOO_MANY_REFUNDS' });
    expect(refund(paid({ refunds: refundsMax - 1 }), 100n)).toMatchObject({ type: 'TAKEN_BACK' });
  });
});

describe('a reversal', () => {
  test('takes back all that is left, and then there is nothing', () => {
    const reversed = decideReversal(paid({ refunded: 600_000n, refunds: 1 }), both, 1) as TakenBack;
    expect(reversed.pair).toMatchObject({ senderWalletId: 'b', receiverWalletId: 'a', amount: 400_000n });
    expect(decideReversal(reversed.original, both, 1)).toMatchObject({ code: 'NOTHING_LEFT_TO_REVERSE' });
    expect(refund(reversed.original)).toMatchObject({ code: 'REFUND_EXCEEDS_REMAINING' });
  });

  test.each(['PAYMENT', 'CAPTURE', 'DEPOSIT', 'WITHDRAWAL'] as const)('of a %s', (kind) => {
    expect(decideReversal(paid({ kind }), both, 1)).toMatchObject({ type: 'TAKEN_BACK' });
  });

  test('of a hold or of another reversal is none', () => {
    expect(decideReversal(paid({ kind: 'HOLD' }), both, 1)).toMatchObject({ code: 'NOT_REVERSIBLE' });
    expect(decideReversal(paid({ kind: 'REVERSAL' }), both, 1)).toMatchObject({ code: 'NOT_REVERSIBLE' });
  });

  test('works on suspended wallets, on closed ones not', () => {
    const suspended = { payer: { ...payer, status: 'SUSPENDED' }, payee: { ...payee, status: 'SUSPENDED' } } as const;
    expect(decideReversal(paid(), suspended, 1)).toMatchObject({ type: 'TAKEN_BACK' });
    const closed = { payer, payee: wallet('a', { status: 'CLOSED' }) };
    expect(decideReversal(paid(), closed, 1)).toMatchObject({ code: 'WALLET_NOT_ACTIVE', restsOn: ['a'] });
  });

  test('finds money that is held or gone already missing', () => {
    const held = { payer: { ...payer, held: 100n }, payee };
    expect(decideReversal(paid(), held, 1)).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
  });
});
