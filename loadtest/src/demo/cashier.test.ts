import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Calls, Cashier, openPaymentsMax, requestsMax } from './cashier.js';
import { cast, type Member } from './cast.js';
import { type Ending, type Movement, payment } from './movement.js';
import { Purse } from './purses.js';
import { type Verdict, verdictOf } from './wallet-api.js';

const again: Verdict = { kind: 'AGAIN', code: 'PARTITION_UNAVAILABLE', afterMs: 0 };
const success: Verdict = { kind: 'SUCCESS' };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('asks again with the same key until the answer is clear, and only for what was unclear', async () => {
  const asked: string[][] = [];
  const [one, two, three] = payments(3);
  const answers = [[success, again, { kind: 'REFUSED', code: 'INSUFFICIENT_FUNDS' } as Verdict], [again]];
  const { cashier, ended } = cashierOn({
    payTogether: async (movements) => {
      asked.push(movements.map(({ key }) => key));
      return answers.shift() as Verdict[];
    },
    move: async ({ key }) => {
      asked.push([key]);
      return asked.length === 2 ? again : success;
    },
  });
  expect(cashier.send([one, two, three])).toBe(true);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toEqual([[one.key, two.key, three.key], [two.key], [two.key]]);
  expect(ended).toEqual([
    [one.key, 'SUCCESS'],
    [three.key, 'REFUSED'],
    [two.key, 'SUCCESS'],
  ]);
  expect(cashier.counts).toMatchObject({ succeeded: 2, refused: 1, askedAgain: 2, gaveUp: 0, faults: 0 });
  expect(cashier.open).toBe(0);
});

it('gives up on what nobody answers for a minute', async () => {
  const [one] = payments(1);
  const { cashier, ended } = cashierOn({ move: async () => again });
  cashier.send([one]);
  await vi.advanceTimersByTimeAsync(59_000);
  expect(ended).toEqual([]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(ended).toEqual([[one.key, 'UNKNOWN']]);
  expect([cashier.counts.gaveUp, cashier.open]).toEqual([1, 0]);
});

it('waits as long as it is asked to', async () => {
  const askedAt: number[] = [];
  const { cashier } = cashierOn({
    move: async () => {
      askedAt.push(Date.now());
      return askedAt.length === 1 ? { ...again, afterMs: 3_000 } : success;
    },
  });
  cashier.send(payments(1));
  await vi.advanceTimersByTimeAsync(10_000);
  expect((askedAt[1] as number) - (askedAt[0] as number)).toBe(3_000);
});

it('tells of a refusal that asking again does not change, and goes on', async () => {
  const { cashier, ended, faults } = cashierOn({ move: async () => ({ kind: 'FAULT', detail: 'WALLET_NOT_FOUND' }) });
  const [one] = payments(1);
  cashier.send([one]);
  await vi.advanceTimersByTimeAsync(0);
  expect(faults).toEqual(['WALLET_NOT_FOUND']);
  expect(ended).toEqual([[one.key, 'REFUSED']]);
});

it('takes only so many at once', async () => {
  const answer = Promise.withResolvers<Verdict>();
  const { cashier } = cashierOn({ move: () => answer.promise });
  for (let n = 0; n < requestsMax; n += 1) expect(cashier.send(payments(1))).toBe(true);
  expect([cashier.isFull, cashier.send(payments(1))]).toEqual([true, false]);
  answer.resolve(success);
  await vi.advanceTimersByTimeAsync(0);
  expect([cashier.isFull, cashier.open]).toEqual([false, 0]);

  const never = cashierOn({ payTogether: () => new Promise(() => {}) }).cashier;
  while (!never.isFull) never.send(payments(500));
  expect(never.open).toBe(openPaymentsMax);
});

it('is done asking when it is stopped', async () => {
  let asked = 0;
  const { cashier } = cashierOn({
    move: async () => {
      asked += 1;
      return again;
    },
  });
  cashier.send(payments(1));
  await vi.advanceTimersByTimeAsync(0);
  const stopped = cashier.stop(1_000);
  await vi.advanceTimersByTimeAsync(60_000);
  await stopped;
  expect(asked).toBeLessThanOrEqual(2);
  expect(cashier.send(payments(1))).toBe(false);
});

it.each([
  [201, {}, 'SUCCESS'],
  [200, {}, 'SUCCESS'],
  [422, { code: 'INSUFFICIENT_FUNDS', transactionId: 'x' }, 'REFUSED'],
  [422, { code: 'IDEMPOTENCY_KEY_REUSED' }, 'FAULT'],
  [503, { code: 'OVERLOADED' }, 'AGAIN'],
  [504, { code: 'OUTCOME_UNKNOWN' }, 'AGAIN'],
  [429, { code: 'RATE_LIMITED' }, 'AGAIN'],
  [409, { code: 'IDEMPOTENCY_IN_PROGRESS' }, 'AGAIN'],
  [409, { code: 'WALLET_EXISTS' }, 'FAULT'],
  [401, { code: 'UNAUTHENTICATED' }, 'FAULT'],
  [500, { code: 'COMMAND_FAULT' }, 'FAULT'],
])('reads %i %j as %s', (status, problem, kind) => {
  expect(verdictOf(status, problem, null).kind).toBe(kind);
});

it('reads how long it shall wait', () => {
  expect(verdictOf(503, { code: 'OVERLOADED' }, '2')).toEqual({ kind: 'AGAIN', code: 'OVERLOADED', afterMs: 2_000 });
  expect(verdictOf(503, {}, 'Thu, 01 Jan 2099 00:00:00 GMT')).toEqual({ kind: 'AGAIN', code: 'HTTP_503', afterMs: 0 });
});

function cashierOn(calls: Partial<Calls>) {
  const ended: [string, Ending][] = [];
  const faults: string[] = [];
  const cashier = new Cashier(
    { move: () => Promise.reject(new Error('not asked for')), payTogether: async () => [], ...calls },
    ({ key }, ending) => void ended.push([key, ending]),
    (detail) => void faults.push(detail),
    () => Date.now(),
  );
  return { cashier, ended, faults };
}

function payments(count: number): [Movement, Movement, Movement] {
  const [sender, receiver] = [new Purse(cast[0] as Member), new Purse(cast[1] as Member)];
  const made = Array.from({ length: count }, () => payment(sender, receiver, 10_000n, 'test'));
  return made as [Movement, Movement, Movement];
}
