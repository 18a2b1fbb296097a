import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Calls, Cashier, openPaymentsMax, requestsMax } from './cashier.js';
import { cast, type Member } from './cast.js';
import { type Ending, type Movement, payment } from './movement.js';
import { Purse } from './purses.js';
import { type Verdict, WalletApi } from './wallet-api.js';

const success: Verdict = { kind: 'SUCCESS' };
const done = { status: 201, transaction: { transactionId: 'made' } };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('asks again with the same key until the answer is clear, and only for what was unclear', async () => {
  const [one, two, three] = payments(3);
  const { cashier, ended, asked } = cashierOver(
    answer(200, { results: [done, problem(503, 'OVERLOADED'), problem(422, 'INSUFFICIENT_FUNDS', 'recorded')] }),
    answer(200, { results: [problem(503, 'PARTITION_UNAVAILABLE')] }),
    answer(200, { results: [done] }),
  );
  expect(cashier.send([one, two, three])).toBe(true);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked.map(({ keys }) => keys)).toEqual([[one.key, two.key, three.key], [two.key], [two.key]]);
  expect(ended).toEqual([
    [one.key, 'SUCCESS'],
    [three.key, 'REFUSED'],
    [two.key, 'SUCCESS'],
  ]);
  expect(cashier.counts).toMatchObject({ succeeded: 2, refused: 1, askedAgain: 2, gaveUp: 0, faults: 0 });
  expect(cashier.open).toBe(0);
});

it('all payments of a request without an answer are asked for again', async () => {
  const movements = payments(3);
  const { cashier, asked } = cashierOver('no answer', answer(200, { results: [done, done, done] }));
  cashier.send(movements);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked.map(({ keys }) => keys)).toEqual(Array(2).fill(movements.map(({ key }) => key)));
  expect(cashier.counts).toMatchObject({ succeeded: 3, askedAgain: 3 });
});

it('gives up on what nobody answers for a minute', async () => {
  const [one] = payments(1);
  const { cashier, ended } = cashierOver('no answer');
  cashier.send([one]);
  await vi.advanceTimersByTimeAsync(55_000);
  expect(ended).toEqual([]);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(ended).toEqual([[one.key, 'UNKNOWN']]);
  expect([cashier.counts.gaveUp, cashier.open]).toEqual([1, 0]);
});

it('waits as long as it is asked to', async () => {
  const { cashier, asked } = cashierOver(
    answer(503, problem(503, 'OVERLOADED').problem, { 'retry-after': '3' }),
    answer(201, done.transaction),
  );
  cashier.send(payments(1).slice(0, 1));
  await vi.advanceTimersByTimeAsync(10_000);
  const [first, second] = asked;
  expect((second?.atMs as number) - (first?.atMs as number)).toBeGreaterThanOrEqual(3_000);
  expect((second?.atMs as number) - (first?.atMs as number)).toBeLessThan(3_200);
});

it('tells of a refusal that asking again does not change, and goes on', async () => {
  const { cashier, ended, faults } = cashierOver(answer(404, problem(404, 'WALLET_NOT_FOUND').problem));
  const [one] = payments(1);
  cashier.send([one]);
  await vi.advanceTimersByTimeAsync(0);
  expect(faults).toEqual([expect.stringContaining('WALLET_NOT_FOUND')]);
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
  const { cashier, asked } = cashierOver('no answer');
  cashier.send(payments(1).slice(0, 1));
  await vi.advanceTimersByTimeAsync(0);
  const stopped = cashier.stop(1_000);
  await vi.advanceTimersByTimeAsync(1_100);
  await stopped;
  const before = asked.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(before);
  expect(cashier.send(payments(1))).toBe(false);
});

it('an answer that comes while it is stopped still counts', async () => {
  const [one] = payments(1);
  const { cashier, ended } = cashierOver('no answer', answer(201, done.transaction));
  cashier.send([one]);
  await vi.advanceTimersByTimeAsync(0);
  const stopped = cashier.stop(5_000);
  await vi.advanceTimersByTimeAsync(5_000);
  await stopped;
  expect(ended).toEqual([[one.key, 'SUCCESS']]);
});

it.each([
  [201, undefined, 'SUCCESS'],
  [200, undefined, 'SUCCESS'],
  [422, problem(422, 'INSUFFICIENT_FUNDS', 'x').problem, 'REFUSED'],
  [422, problem(422, 'IDEMPOTENCY_KEY_REUSED').problem, 'FAULT'],
  [503, problem(503, 'OVERLOADED').problem, 'UNKNOWN'],
  [504, problem(504, 'OUTCOME_UNKNOWN').problem, 'UNKNOWN'],
  [429, problem(429, 'RATE_LIMITED').problem, 'UNKNOWN'],
  [409, problem(409, 'IDEMPOTENCY_IN_PROGRESS').problem, 'UNKNOWN'],
  [409, problem(409, 'WALLET_EXISTS').problem, 'FAULT'],
  [401, problem(401, 'UNAUTHENTICATED').problem, 'FAULT'],
  [500, problem(500, 'COMMAND_FAULT').problem, 'FAULT'],
])('reads %i %j as %s in the end', async (status, said, kind) => {
  const api = new WalletApi(['http://gateway.test'], 'token', async () => answer(status, said ?? done.transaction)());
  const verdict = api.move(payments(1)[0], {});
  await vi.advanceTimersByTimeAsync(61_000);
  expect((await verdict).kind).toBe(kind);
});

function cashierOn(calls: Partial<Calls>) {
  const ended: [string, Ending][] = [];
  const faults: string[] = [];
  const cashier = new Cashier(
    { move: () => Promise.reject(new Error('not asked for')), payTogether: async () => {}, ...calls },
    ({ key }, ending) => void ended.push([key, ending]),
    (detail) => void faults.push(detail),
    () => Date.now(),
  );
  return { cashier, ended, faults };
}

/** Behind it the gateway answers so, in turn, and the last one from then on. */
function cashierOver(...answers: ((() => Response) | 'no answer')[]) {
  const asked: { keys: string[]; atMs: number }[] = [];
  const api = new WalletApi(['http://gateway.test'], 'token', async (_, init) => {
    const { payments = null } = JSON.parse(new TextDecoder().decode(init?.body as Uint8Array));
    const key = new Headers(init?.headers).get('idempotency-key') as string;
    const keys = payments?.map(({ idempotencyKey }: { idempotencyKey: string }) => idempotencyKey) ?? [key];
    asked.push({ keys, atMs: Date.now() });
    const next = answers.length > 1 ? answers.shift() : answers[0];
    if (typeof next !== 'function') throw new TypeError('fetch failed');
    return next();
  });
  return {
    ...cashierOn({ move: (...call) => api.move(...call), payTogether: (...call) => api.payTogether(...call) }),
    asked,
  };
}

function problem(status: number, code: string, transactionId?: string) {
  const words = { type: '/api/problems/x', title: code, detail: '', traceId: '0'.repeat(32) };
  return { status, problem: { ...words, status, code, ...(transactionId && { transactionId }) } };
}

function answer(status: number, body: object, headers: Record<string, string> = {}): () => Response {
  return () =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}

function payments(count: number): [Movement, Movement, Movement] {
  const [sender, receiver] = [new Purse(cast[0] as Member), new Purse(cast[1] as Member)];
  const made = Array.from({ length: count }, () => payment(sender, receiver, 10_000n, 'test'));
  return made as [Movement, Movement, Movement];
}
