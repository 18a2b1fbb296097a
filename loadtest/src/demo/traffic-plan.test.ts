import { formatMoney } from '@smart-wallet/engine/contract/money.js';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { describe, expect, it } from 'vitest';
import { cast } from './cast.js';
import type { Movement } from './movement.js';
import { TrafficPlan } from './traffic-plan.js';

const seed = Number(process.env.DEMO_TEST_SEED ?? Math.floor(Math.random() * 1e9));

/** Plans so many movements, of which `open` at a time have no answer yet, against a ledger that lets nothing go below zero. */
function simulate(count: number, rate: number, failurePercent: number, open: number) {
  const plan = new TrafficPlan(cast, seededRandom(seed));
  const balances = new Map<string, bigint>();
  for (const purse of plan.purses) {
    purse.balance = purse.level(0);
    balances.set(purse.member.walletId, purse.balance);
  }
  const seen = { payments: 0, deposits: 0, withdrawals: 0, meantToFail: 0, refunds: 0, nobodyCan: 0 };
  const wrong: string[] = [];
  const keys = new Set<string>();
  const decide = (movement: Movement) => {
    const { sender, receiver, amount, meantToFail, reference } = movement;
    const held = sender ? (balances.get(sender.member.walletId) ?? 0n) : amount;
    const refused = held < amount;
    if (refused !== meantToFail) wrong.push(`${reference}: ${held} held, ${amount} asked`);
    if (!refused && sender) balances.set(sender.member.walletId, held - amount);
    if (!refused && receiver) {
      const { walletId } = receiver.member;
      balances.set(walletId, (balances.get(walletId) ?? 0n) + amount);
    }
    plan.ended(movement, refused ? 'REFUSED' : 'SUCCESS');
  };
  const waiting: Movement[] = [];
  for (let i = 0; i < count; i += 1) {
    const movement = plan.next({ rate, failurePercent });
    if (!movement) seen.nobodyCan += 1;
    else {
      waiting.push(movement);
      keys.add(movement.key);
      if (movement.sender && movement.sender === movement.receiver) wrong.push(`${movement.reference}: to itself`);
      if (movement.kind === 'DEPOSIT') seen.deposits += 1;
      else if (movement.kind === 'WITHDRAWAL') seen.withdrawals += 1;
      else seen.payments += 1;
      if (movement.meantToFail) seen.meantToFail += 1;
      if (movement.reference.startsWith('refund')) seen.refunds += 1;
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
  return { plan, balances, seen, wrong, keys };
}

describe(`a plan of traffic (seed ${seed})`, () => {
  it.each([
    ['slow', 20_000, 5, 1],
    ['fast', 60_000, 500, 200],
    ['as fast as can be', 100_000, 20_000, 10_000],
  ])('%s: only what is meant to fail is refused, and somebody can always pay', (_name, count, rate, open) => {
    const { seen, wrong, keys } = simulate(count, rate, 2, open);
    expect(wrong).toEqual([]);
    expect(seen.nobodyCan).toBeLessThan(count * 0.05);
    expect(keys.size).toBe(count - seen.nobodyCan);
    expect(seen.meantToFail).toBeGreaterThan(count * 0.014);
    expect(seen.meantToFail).toBeLessThan(count * 0.026);
    expect(seen.payments).toBeGreaterThan(count * 0.9);
    expect(seen.refunds).toBeGreaterThan(count * 0.01);
    expect(seen.deposits).toBeGreaterThan(0);
    expect(seen.withdrawals).toBeGreaterThan(0);
  });

  it('keeps the money in bounds however long it runs: it goes round, and what is too much pays out', () => {
    const { plan, balances } = simulate(100_000, 5, 0.2, 1);
    for (const purse of plan.purses) {
      const balance = balances.get(purse.member.walletId) as bigint;
      expect(purse.balance, purse.member.name).toBe(balance);
      expect(balance < purse.level(5) * 10n, `${purse.member.name}: ${balance}`).toBe(true);
      expect([purse.leaving, purse.arriving, purse.doubtful]).toEqual([0n, 0n, false]);
    }
  });

  it('refuses as many as it is told to', () => {
    expect(simulate(5_000, 50, 100, 10).seen).toMatchObject({ meantToFail: 5_000, deposits: 0 });
    expect(simulate(5_000, 50, 0, 10).seen.meantToFail).toBe(0);
  });

  it('asks for amounts that the currency has', () => {
    const plan = new TrafficPlan(cast, seededRandom(seed));
    for (const purse of plan.purses) purse.balance = purse.level(0);
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
    const plan = new TrafficPlan(cast, seededRandom(seed));
    for (const purse of plan.purses) purse.balance = purse.level(0);
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

describe('the cast', () => {
  it('has one wallet each, the same in every run', () => {
    expect(new Set(cast.map(({ walletId }) => walletId)).size).toBe(cast.length);
    expect(cast.length).toBeGreaterThan(24);
    expect(cast.find(({ name }) => name === 'Corner Bakery')?.walletId).toBe('7399bc79-3c20-4878-8cc9-432bcb12f7b5');
  });
});
