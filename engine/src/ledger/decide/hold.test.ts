import { describe, expect, test } from 'vitest';
import { evolve } from '../evolve.js';
import { wallet } from '../testing/wallet.js';
import { noLimits } from '../wallet-state.js';
import { decideHold } from './hold.js';
import { decideTransfer } from './transfer.js';

const eur = (amount: bigint, day = 1) => ({ amount, currency: 'EUR', day });

describe('a hold', () => {
  test('sets money apart: it stays in the balance, and nobody else can spend it', () => {
    const payer = wallet('a', { balance: 10_000n });
    const decision = decideHold(payer, wallet('b'), eur(7_000n));
    expect(decision).toMatchObject({ type: 'FUNDS_HELD', walletId: 'a', amount: 7_000n });
    const after = evolve(payer, decision as Extract<typeof decision, { type: 'FUNDS_HELD' }>);
    expect(after).toMatchObject({ balance: 10_000n, held: 7_000n, day: 1, dayOut: 7_000n });
    const pay = { kind: 'PAYMENT', ...eur(3_100n) } as const;
    expect(decideTransfer(after, wallet('b'), pay)).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
  });

  test('may use credit, and no more than that', () => {
    const payer = wallet('a', { balance: 10_000n, floor: -5_000n });
    expect(decideHold(payer, wallet('b'), eur(15_000n))).toMatchObject({ type: 'FUNDS_HELD' });
    expect(decideHold(payer, wallet('b'), eur(15_100n))).toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
      reason: expect.stringContaining('credit limit of 0.50'),
    });
  });

  test('is a payment to the limits of who pays, and none to those of who receives until it is captured', () => {
    const limits = { ...noLimits, perPayment: 5_000n, dailyOut: 8_000n };
    const payer = wallet('a', { balance: 100_000n, limits, day: 1, dayOut: 4_000n });
    expect(decideHold(payer, wallet('b'), eur(5_100n))).toMatchObject({ code: 'PAYMENT_LIMIT_EXCEEDED' });
    expect(decideHold(payer, wallet('b'), eur(4_100n))).toMatchObject({
      code: 'DAILY_OUT_LIMIT_EXCEEDED',
      reason: expect.stringContaining('0.40 is left today'),
    });
    expect(decideHold(payer, wallet('b'), eur(4_100n, 2))).toMatchObject({ type: 'FUNDS_HELD' });
    const full = wallet('b', { limits: { ...noLimits, dailyIn: 1n } });
    expect(decideHold(payer, full, eur(4_000n))).toMatchObject({ type: 'FUNDS_HELD' });
  });

  test('needs both wallets ACTIVE, and one currency', () => {
    const payer = wallet('a', { balance: 10_000n });
    expect(decideHold(payer, wallet('b', { status: 'SUSPENDED' }), eur(1n))).toMatchObject({
      code: 'WALLET_NOT_ACTIVE',
      restsOn: ['b'],
    });
    expect(decideHold(payer, wallet('b', { currency: 'USD' }), eur(1n))).toMatchObject({
      code: 'CURRENCY_MISMATCH',
      restsOn: [],
    });
  });
});
