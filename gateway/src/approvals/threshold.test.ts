import { describe, expect, it } from 'vitest';
import { ApprovalThreshold } from './threshold.js';

const threshold = new ApprovalThreshold('1000.00');
const none = { creditLimit: '0', perPayment: null, dailyOut: null, dailyIn: null };
const scaled = (units: number) => (units * 10_000).toString();

describe('the threshold', () => {
  it('is reached at its amount, and never when it is off', () => {
    expect([9_999_999n, 10_000_000n].map((amount) => threshold.reachedBy(amount))).toEqual([false, true]);
    expect(new ApprovalThreshold('off').reachedBy(10n ** 18n)).toBe(false);
    expect(new ApprovalThreshold('0').reachedBy(1n)).toBe(true);
  });

  it.each([
    ['a bound that is set where there was none', none, { dailyOut: scaled(5_000) }, false],
    ['a bound that is removed', { ...none, dailyOut: scaled(1) }, {}, true],
    ['a bound that is raised to it', { ...none, perPayment: scaled(1) }, { perPayment: scaled(1_000) }, true],
    ['a bound that is raised to less', { ...none, perPayment: scaled(1) }, { perPayment: scaled(999) }, false],
    ['a bound that is lowered', { ...none, dailyIn: scaled(9_000) }, { dailyIn: scaled(8_000) }, false],
    ['a bound that stays', { ...none, dailyIn: scaled(9_000) }, { dailyIn: scaled(9_000) }, false],
    ['credit that is raised to it', none, { creditLimit: scaled(1_000) }, true],
    ['credit that is raised to less', none, { creditLimit: scaled(999) }, false],
    ['credit that is taken away', { ...none, creditLimit: scaled(5_000) }, {}, false],
  ])('%s', (_, from, to, reached) => {
    expect(threshold.reachedByLimits(from, { ...none, ...to })).toBe(reached);
    expect(new ApprovalThreshold('off').reachedByLimits(from, { ...none, ...to })).toBe(false);
  });
});
