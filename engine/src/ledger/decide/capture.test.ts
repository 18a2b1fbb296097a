import { describe, expect, test } from 'vitest';
import { holdCapturesMax } from '../../contract/limits.js';
import { evolve } from '../evolve.js';
import { hold } from '../testing/hold.js';
import { wallet } from '../testing/wallet.js';
import { noLimits, type WalletState } from '../wallet-state.js';
import { type Capture, type CaptureRequest, decideCapture } from './capture.js';
import { decideExpiry, type HoldEnd } from './hold-end.js';

const day = 86_400_000;
const payer = wallet('a', { balance: 1_500_000n, held: 1_000_000n, dayOut: 1_000_000n });
const receiver = wallet('b');
const all: CaptureRequest = { amount: null, final: false, nowMs: 1_000 };

function captured(
  ...[of, request, from = payer, to = receiver]: [
    Parameters<typeof decideCapture>[0],
    CaptureRequest,
    WalletState?,
    WalletState?,
  ]
): Capture {
  const decision = decideCapture(of, from, to, request);
  expect(decision).toMatchObject({ type: 'CAPTURED' });
  return decision as Capture;
}

describe('a capture', () => {
  test('of 30 and 40 of 100 leaves 30, which its expiry makes available again', () => {
    const first = captured(hold(), { ...all, amount: 300_000n });
    expect(first.hold).toMatchObject({ status: 'OPEN', captured: 300_000n });
    const after30 = evolve(payer, first.pair);
    const second = captured(first.hold, { ...all, amount: 400_000n }, after30);
    const after70 = evolve(after30, second.pair);
    expect(after70).toMatchObject({ balance: 800_000n, held: 300_000n });
    const end = decideExpiry(second.hold, 3_600_000) as HoldEnd;
    expect(end).toMatchObject({ hold: { status: 'EXPIRED' }, released: { amount: 300_000n, countedOut: -300_000n } });
    expect(evolve(after70, end.released)).toMatchObject({ balance: 800_000n, held: 0n, dayOut: 700_000n });
  });

  test('without an amount takes all that remains and ends the hold', () => {
    const { hold: after, pair, released } = captured(hold({ captured: 300_000n, captures: 1 }), all);
    expect(after).toMatchObject({ status: 'CAPTURED', captured: 1_000_000n, captures: 2 });
    expect(pair).toMatchObject({ amount: 700_000n, unheld: 700_000n, countedOut: 0n, countedIn: 700_000n });
    expect(released).toBe(0n);
  });

  test('that is final gives the rest back, to the counter of its own day only', () => {
    const today = captured(hold(), { amount: 600_000n, final: true, nowMs: 1_000 });
    expect(today).toMatchObject({
      released: 400_000n,
      hold: { status: 'CAPTURED' },
      pair: { unheld: 1_000_000n, countedOut: -400_000n },
    });
    const tomorrow = captured(hold({ expiresAtMs: 3 * day }), { amount: 600_000n, final: true, nowMs: day + 1 });
    expect(tomorrow.pair).toMatchObject({ day: 1, countedOut: 0n, countedIn: 600_000n });
    expect(evolve(payer, tomorrow.pair)).toMatchObject({ day: 1, dayOut: 0n });
  });

  test('takes no more than what remains', () => {
    expect(decideCapture(hold({ captured: 500_000n }), payer, receiver, { ...all, amount: 500_100n })).toMatchObject({
      code: 'CAPTURE_EXCEEDS_HOLD',
      reason: expect.stringContaining('50.00 EUR remains, 50.01 is asked for'),
      restsOn: ['h'],
    });
  });

  test('comes too late from the very millisecond at which the hold expires', () => {
    expect(decideCapture(hold(), payer, receiver, { ...all, nowMs: 3_599_999 })).toMatchObject({ type: 'CAPTURED' });
    expect(decideCapture(hold(), payer, receiver, { ...all, nowMs: 3_600_000 })).toMatchObject({
      code: 'HOLD_EXPIRED',
    });
  });

  test.each(['CAPTURED', 'VOIDED'] as const)('finds nothing in a hold that is %s', (status) => {
    expect(decideCapture(hold({ status }), payer, receiver, all)).toMatchObject({ code: 'HOLD_NOT_OPEN' });
  });

  test('may happen so often and no more', () => {
    const worn = hold({ captured: 1n, captures: holdCapturesMax });
    expect(decideCapture(worn, payer, receiver, all)).toMatchObject({ code: 'TOO_MANY_CAPTURES' });
    expect(decideCapture({ ...worn, captures: holdCapturesMax - 1 }, payer, receiver, all)).toMatchObject({
      type: 'CAPTURED',
    });
  });

  test('counts as received by who receives it', () => {
    const full = wallet('b', { limits: { ...noLimits, dailyIn: 900_000n } });
    expect(decideCapture(hold(), payer, full, all)).toMatchObject({ code: 'DAILY_IN_LIMIT_EXCEEDED', restsOn: ['b'] });
  });

  test('needs both wallets ACTIVE', () => {
    const suspended = wallet('a', { ...payer, status: 'SUSPENDED' });
    expect(decideCapture(hold(), suspended, receiver, all)).toMatchObject({
      code: 'WALLET_NOT_ACTIVE',
      restsOn: ['a'],
    });
    expect(decideCapture(hold(), payer, wallet('b', { status: 'CLOSED' }), all)).toMatchObject({ restsOn: ['b'] });
  });
});
