import { describe, expect, test } from 'vitest';
import { evolve } from '../evolve.js';
import { hold } from '../testing/hold.js';
import { wallet } from '../testing/wallet.js';
import { decideExpiry, decideVoid, type HoldEnd } from './hold-end.js';

const day = 86_400_000;

describe('the end of a hold', () => {
  test('by being voided gives back what was not captured', () => {
    const end = decideVoid(hold({ captured: 300_000n }), 1_000) as HoldEnd;
    expect(end).toMatchObject({ hold: { status: 'VOIDED', captured: 300_000n }, released: { amount: 700_000n } });
  });

  test('funded by credit leaves the wallet as if it had never been', () => {
    const before = wallet('a', { balance: 400_000n, floor: -600_000n });
    const held = { ...before, held: 1_000_000n, dayOut: 1_000_000n };
    expect(evolve(held, (decideVoid(hold(), 1_000) as HoldEnd).released)).toEqual(before);
  });

  test('after midnight gives nothing back to the new day', () => {
    const { released } = decideVoid(hold({ expiresAtMs: 3 * day }), day + 1) as HoldEnd;
    expect(released).toMatchObject({ amount: 1_000_000n, day: 1, countedOut: 0n });
  });

  test('by expiry comes when its time is over, once', () => {
    expect(decideExpiry(hold(), 3_599_999)).toBeUndefined();
    const end = decideExpiry(hold(), 3_600_000) as HoldEnd;
    expect(end.hold.status).toBe('EXPIRED');
    expect(decideExpiry(end.hold, 3_600_000)).toBeUndefined();
    expect(decideVoid(end.hold, 3_600_000)).toMatchObject({ code: 'HOLD_EXPIRED' });
  });

  test.each(['CAPTURED', 'VOIDED'] as const)('does not come twice: it is %s', (status) => {
    expect(decideVoid(hold({ status }), 1_000)).toMatchObject({ code: 'HOLD_NOT_OPEN', restsOn: ['h'] });
    expect(decideExpiry(hold({ status }), 3_600_000)).toBeUndefined();
  });
});
