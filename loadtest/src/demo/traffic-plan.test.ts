import { formatMoney } from '@smart-wallet/engine/contract/money.js';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { describe, expect, it } from 'vitest';
import { cast } from './cast.js';
import { openHoldsMax } from './holds.js';
import type { Movement } from './movement.js';
import { inWhole, type Purse } from './purses.js';
import { PlainLedger } from './testing/plain-ledger.js';
import { TrafficPlan } from './traffic-plan.js';

const seed = Number(process.env.DEMO_TEST_SEED ?? Math.floor(Math.random() * 1e9));
const noon = Date.UTC(2026, 10, 22, 12);

/** As it is once the wallets are open. */
function openPlan(now = () => noon): TrafficPlan {
  const plan = new TrafficPlan(cast, { random: seededRandom(seed), now });
  for (const purse of plan.purses) {
    const { limits = {}, currency } = purse.member;
    const worth = (euros: number | undefined) => (euros === undefined ? null : inWhole(euros, currency));
    const { credit, perPayment, dailyOut } = limits;
    const read = { credit: worth(credit) ?? 0n, perPayment: worth(perPayment), dailyOut: worth(dailyOut) };
    purse.limit(read, read.dailyOut);
    purse.balance = purse.level(0);
  }
  return plan;
}

/** Plans so many movements, of which `open` at a time have no answer yet, against a ledger that knows no exceptions. */
function simulate(count: number, rate: number, failurePercent: number, open: number) {
  let nowMs = noon;
  const plan = openPlan(() => nowMs);
  const ledger = new PlainLedger(plan.purses, () => nowMs);
  const seen = { meantToFail: 0, nobodyCan: 0, openHolds: 0, borrowed: 0, restsRefunded: 0 };
  const kinds: Partial<Record<Movement['kind'], number>> = {};
  const codes: Record<string, number> = {};
  const wrong: string[] = [];
  const keys = new Set<string>();
  const refunded = new Set<string>();
  const decide = (movement: Movement) => {
    const decision = ledger.decide(movement);
    const { kind, meantToFail, reference, amount, sender, ask } = movement;
    const code = 'code' in decision ? decision.code : null;
    if ((code !== null) !== meantToFail) wrong.push(`${kind} ${reference} of ${amount}: ${code}`);
    if (code !== null) codes[code] = (codes[code] ?? 0) + 1;
    if (sender && ledger.account(sender).balance < 0n) seen.borrowed += 1;
    if (kind === 'REFUND' && !code && refunded.size === refunded.add(ask.of ?? '').size) seen.restsRefunded += 1;
    seen.openHolds = Math.max(seen.openHolds, plan.holds.open);
    if ('id' in decision) plan.ended(movement, 'SUCCESS', decision.id);
    else plan.ended(movement, 'REFUSED');
  };
  const waiting: Movement[] = [];
  for (let i = 0; i < count; i += 1) {
    nowMs += 1_000 / rate;
    const movement = plan.next({ rate, failurePercent });
    if (!movement) seen.nobodyCan += 1;
    else {
      waiting.push(movement);
      keys.add(movement.key);
      if (movement.sender && movement.sender === movement.receiver) wrong.push(`${movement.reference}: to itself`);
      kinds[movement.kind] = (kinds[movement.kind] ?? 0) + 1;
      if (movement.meantToFail) seen.meantToFail += 1;
    }
    // Answers come in any order, and while nobody can pay time goes by all the same.
    if (waiting.length > open || (!movement && waiting.length > 0)) {
      const place = (i * 7919) % waiting.length;
      const [last, answered] = [waiting.pop() as Movement, waiting[place]];
      if (answered) waiting[place] = last;
      decide(answered ?? last);
    }
  }
  for (const movement of waiting) decide(movement);
  return { plan, ledger, seen, kinds, codes, wrong, keys };
}

describe(`a plan of traffic (seed ${seed})`, () => {
  it.each([
    ['slow', 20_000, 5, 1],
    ['fast', 60_000, 500, 200],
    ['as fast as can be', 100_000, 20_000, 10_000],
  ])('%s: only what is meant to fail is refused, and somebody can always pay', (_name, count, rate, open) => {
    const { seen, kinds, wrong, keys } = simulate(count, rate, 2, open);
    expect(wrong).toEqual([]);
    expect(seen.nobodyCan).toBeLessThan(count * 0.05);
    expect(keys.size).toBe(count - seen.nobodyCan);
    expect(seen.meantToFail).toBeGreaterThan(count * 0.014);
    expect(seen.meantToFail).toBeLessThan(count * 0.026);
    const { DEPOSIT = 0, WITHDRAWAL = 0, ...others } = kinds;
    expect(Object.values(others).reduce((sum, n) => sum + n)).toBeGreaterThan(count * 0.9);
    expect(DEPOSIT).toBeGreaterThan(0);
    expect(WITHDRAWAL).toBeGreaterThan(0);
    // What is a request of its own stays rare, however fast the payments are.
    const { HOLD = 0, CAPTURE = 0, VOID = 0, REFUND = 0, REVERSAL = 0, PAYROLL = 0 } = kinds;
    const alone = HOLD + CAPTURE + VOID + REFUND + REVERSAL + PAYROLL;
    expect(alone).toBeGreaterThan(Math.min(count * 0.06, (count / rate) * 2));
    expect(alone).toBeLessThan((count / rate) * 20 + 50);
    expect(seen.openHolds).toBeLessThanOrEqual(openHoldsMax);
  });

  it('uses all that the platform offers: holds that end in each way, refunds of the rest, credit', () => {
    const { ledger, seen, kinds } = simulate(20_000, 5, 0.2, 3);
    const names = ['CAPTURE', 'DEPOSIT', 'HOLD', 'PAYMENT', 'PAYROLL', 'REFUND', 'REVERSAL', 'VOID', 'WITHDRAWAL'];
    expect(Object.keys(kinds).sort()).toEqual(names);
    const ends = [...ledger.holds.values()].map(({ status }) => status);
    for (const end of ['CAPTURED', 'VOIDED', 'EXPIRED'] as const)
      expect(ends.filter((status) => status === end).length, end).toBeGreaterThan(ends.length / 50);
    expect(seen.restsRefunded).toBeGreaterThan(0);
    expect(seen.borrowed).toBeGreaterThan(0);
    // They live a minute or so: as many as are begun in that time, and no more.
    expect(ledger.openHolds()).toBeLessThan(60);
  });

  it('is refused for each of the reasons that people have', () => {
    const { codes } = simulate(20_000, 5, 3, 3);
    const reasons = [
      ...['CAPTURE_EXCEEDS_HOLD', 'DAILY_OUT_LIMIT_EXCEEDED', 'HOLD_EXPIRED', 'HOLD_NOT_OPEN', 'INSUFFICIENT_FUNDS'],
      ...['PAYMENT_LIMIT_EXCEEDED', 'REFUND_EXCEEDS_REMAINING'],
    ];
    expect(Object.keys(codes).sort()).toEqual(reasons);
    for (const [code, times] of Object.entries(codes))
      if (code !== 'INSUFFICIENT_FUNDS') expect(times, code).toBeLessThan((codes.INSUFFICIENT_FUNDS as number) / 2);
  });

  it('keeps the money in bounds however long it runs: it goes round, and what is too much pays out', () => {
    const { plan, ledger } = simulate(100_000, 5, 0.2, 1);
    for (const purse of plan.purses) {
      const { balance } = ledger.account(purse);
      expect(purse.balance, purse.member.name).toBe(balance);
      expect(balance < purse.level(5) * 10n, `${purse.member.name}: ${balance}`).toBe(true);
      expect([purse.leaving, purse.arriving, purse.underWay, purse.doubtful]).toEqual([0n, 0n, 0, false]);
      // Holds that have just expired are believed a few seconds longer.
      expect(purse.held >= ledger.account(purse).held, purse.member.name).toBe(true);
    }
  });

  it('gives up holds whose time is over, and those that a long pause left behind', () => {
    let nowMs = noon;
    const plan = openPlan(() => nowMs);
    for (let i = 0; plan.holds.open < 20; i += 1) {
      const movement = plan.next({ rate: 5, failurePercent: 0 });
      if (movement) plan.ended(movement, 'SUCCESS', `id-${i}`);
    }
    expect(heldBy(plan.purses) > 0n).toBe(true);
    nowMs += 60 * 60_000;
    expect(plan.holds.due()).toBeNull();
    expect([plan.holds.open, heldBy(plan.purses)]).toEqual([0, 0n]);
  });

  it('leaves the holds to themselves of which it does not know what became', () => {
    const plan = openPlan();
    for (let i = 0; i < 2_000; i += 1) {
      const movement = plan.next({ rate: 5, failurePercent: 0 });
      if (!movement) continue;
      const isLost = movement.kind === 'HOLD' || movement.kind === 'VOID';
      plan.ended(movement, isLost ? 'UNKNOWN' : 'SUCCESS', `id-${i}`);
      for (const purse of plan.purses) purse.doubtful = false;
    }
    expect([plan.holds.open, plan.holds.isFull, heldBy(plan.purses)]).toEqual([0, false, 0n]);
  });

  it('refuses as many as it is told to', () => {
    expect(simulate(5_000, 50, 100, 10)).toMatchObject({ seen: { meantToFail: 5_000 }, kinds: { PAYMENT: 5_000 } });
    expect(simulate(5_000, 50, 0, 10).seen.meantToFail).toBe(0);
  });

  it('asks for amounts that the currency has', () => {
    const plan = openPlan();
    const currencies = new Set<string>();
    for (let i = 0; i < 5_000; i += 1) {
      const movement = plan.next({ rate: 5, failurePercent: 1 });
      if (!movement) continue;
      const { amount, currency, sender, receiver } = movement;
      expect(amount > 0n).toBe(true);
      expect(formatMoney(amount, currency)).toMatch(currency === 'JPY' ? /^\d+$/ : /^\d+\.\d\d$/);
      for (const purse of [sender, receiver]) if (purse) expect(purse.member.currency).toBe(currency);
      currencies.add(currency);
      plan.ended(movement, movement.meantToFail ? 'REFUSED' : 'SUCCESS');
    }
    expect([...currencies].sort()).toEqual(['EUR', 'GBP', 'JPY', 'USD']);
  });

  it('leaves a wallet alone whose payment was refused for no reason it knows, until its balance was read', () => {
    const plan = openPlan();
    const sent = Array.from({ length: 50 }, () => plan.next({ rate: 5, failurePercent: 0 })).filter(
      (one) => one !== null,
    );
    const first = sent.find(({ kind }) => kind === 'PAYMENT') as Movement;
    plan.ended(first, 'UNKNOWN');
    expect(first.sender?.doubtful).toBe(true);
    for (let i = 0; i < 2_000; i += 1) {
      const movement = plan.next({ rate: 5, failurePercent: 0 });
      if (!movement) continue;
      expect([movement.sender, movement.receiver]).not.toContain(first.sender);
      plan.ended(movement, 'SUCCESS');
    }
  });
});

function heldBy(purses: readonly Purse[]): bigint {
  return purses.reduce((sum, { held }) => sum + held, 0n);
}

describe('the cast', () => {
  it('has one wallet each, the same in every run', () => {
    expect(new Set(cast.map(({ walletId }) => walletId)).size).toBe(cast.length);
    expect(cast.length).toBeGreaterThan(24);
    expect(cast.find(({ name }) => name === 'Corner Bakery')?.walletId).toBe('7399bc79-3c20-4878-8cc9-432bcb12f7b5');
  });
});
