import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FaultRun } from './fault-run.js';

/* What Redis does to the limits of callers, and to payments through them, when it is killed and when it hangs. */

/** Of one measurement: so many payments, by so many callers at once. */
const paymentsMeasured = 1_000;
const callers = 8;
/** What a fault may add to the slowest hundredth, in one of a few measurements: of a busy machine's noise some are free, of a fault none. */
const addedMsMax = 50;
const measurementsMax = 6;

let run: FaultRun;
const agent = new Agent({ connections: 32, pipelining: 1 });

beforeAll(async () => {
  const gatewayVariables = { RATE_LIMIT_ACTS: '40/1h', RATE_LIMIT_READS: '60/1h', RATE_LIMIT_PAYMENTS: '20000/10s' };
  run = await FaultRun.start({ engines: 1, gatewayVariables });
}, 60_000);
afterAll(async () => {
  await agent.close();
  await run?.stop();
});

interface Answer {
  status: number;
  code?: string;
  standing: string | undefined;
  ms: number;
}

async function call(
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
  token = run.platform.token,
): Promise<Answer> {
  const from = performance.now();
  const response = await request(`${run.platform.gatewayUrl}${path}`, {
    method,
    dispatcher: agent,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
    },
    body: body ? JSON.stringify(body) : null,
  });
  const { code } = (await response.body.json()) as { code?: string };
  const standing = response.headers.ratelimit as string | undefined;
  return { status: response.statusCode, ...(code && { code }), standing, ms: performance.now() - from };
}

function pay(place: number): Promise<Answer> {
  const [senderWalletId, receiverWalletId] = [0, 1].map((i) => run.walletIds[(place + i) % run.walletIds.length]);
  return call('POST', '/api/payments', { senderWalletId, receiverWalletId, amount: '0.01', currency: 'EUR' });
}

const read = () => call('GET', `/api/wallets/${run.walletIds[0]}/balance`);
const act = () => call('PUT', `/api/wallets/${run.walletIds[0]}/limits`, {});

/** The 99th percentile, and every status. */
async function payments(): Promise<Measured> {
  const answers: Answer[] = [];
  let asked = 0;
  await Promise.all(
    Array.from({ length: callers }, async (_, place) => {
      while (asked++ < paymentsMeasured) answers.push(await pay(place));
    }),
  );
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    p99Ms: times[Math.floor(times.length * 0.99)] as number,
    statuses: [...new Set(answers.map(({ status }) => status))],
  };
}

interface Measured {
  p99Ms: number;
  statuses: number[];
}

/** Measures until one is as fast as those before the fault. */
async function asFastAs(usualMs: number): Promise<Measured & { all: Measured[] }> {
  const all: Measured[] = [];
  const best = () => Math.min(...all.map(({ p99Ms }) => p99Ms));
  while (all.length === 0 || (best() - usualMs > addedMsMax && all.length < measurementsMax))
    all.push(await payments());
  return { p99Ms: best(), statuses: [...new Set(all.flatMap(({ statuses }) => statuses))], all };
}

async function isShared(): Promise<boolean> {
  const response = await request(`${run.platform.gatewayUrl}/metrics`, { dispatcher: agent });
  return /^wallet_gateway_rate_limits_shared 1$/m.test(await response.body.text());
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within 30 s: ${what}`);
    await sleep(25);
  }
}

/** How many of so many calls are let through, and what each refused one says. */
async function letThrough(one: () => Promise<Answer>, calls: number): Promise<number> {
  const answers = await Promise.all(Array.from({ length: calls }, one));
  const refused = answers.filter(({ status }) => status === 429);
  for (const { code, standing } of refused)
    expect([code, standing]).toEqual(['RATE_LIMITED', expect.stringContaining(';r=0;')]);
  return calls - refused.length;
}

it('payments go on as fast, and each limit holds, while Redis hangs and while it is dead', async () => {
  const { redis } = run.platform.stack;
  await until(isShared, 'limits are shared');
  await payments(); // what is slow only once
  const before = await payments();
  expect(before.statuses).toEqual([201]);
  // Some of the limit is used up already, which is not forgotten.
  expect(await letThrough(act, 10)).toBe(10);

  redis.signal('SIGSTOP');
  const hanging = await asFastAs(before.p99Ms);
  expect(await isShared()).toBe(false);
  expect(await letThrough(act, 50)).toBe(30);
  expect(await letThrough(read, 100)).toBe(60);
  redis.signal('SIGCONT');
  await until(isShared, 'limits are shared after Redis hung');
  // What was let through meanwhile counts.
  expect(await letThrough(act, 5)).toBe(0);
  expect(await letThrough(read, 5)).toBe(0);

  const between = await payments();
  await redis.kill();
  const dead = await asFastAs(Math.max(before.p99Ms, between.p99Ms));
  expect(await isShared()).toBe(false);
  expect(await letThrough(act, 5)).toBe(0);
  await redis.start();
  await until(isShared, 'limits are shared after Redis was dead');
  // It is another Redis, which knows of nothing: the gateway still does.
  expect(await letThrough(read, 5)).toBe(0);

  const story = JSON.stringify({ before, hanging, between, dead });
  expect([hanging.statuses, between.statuses, dead.statuses], story).toEqual([[201], [201], [201]]);
  const usualMs = Math.max(before.p99Ms, between.p99Ms);
  expect(hanging.p99Ms - usualMs, story).toBeLessThanOrEqual(addedMsMax);
  expect(dead.p99Ms - usualMs, story).toBeLessThanOrEqual(addedMsMax);
}, 120_000);
