import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type ClientOptions, createClient, type RetryNotice, WalletFault } from './index.js';
import {
  cut,
  cutMidAnswer,
  halfJson,
  html,
  json,
  made,
  problem,
  ScriptedServer,
  type Step,
  silence,
} from './testing/scripted-server.js';

const payment = { senderWalletId: 'a', receiverWalletId: 'b', amount: '12.50', currency: 'EUR' };
const servers: ScriptedServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function against(steps: Step[], options: Partial<ClientOptions> = {}) {
  const server = await ScriptedServer.start(...steps);
  servers.push(server);
  const notices: RetryNotice[] = [];
  const client = createClient({
    ...{ baseUrl: server.url, token: 'good', pause: { firstMs: 1, maxMs: 4 } },
    onAskAgain: (notice) => notices.push(notice),
    ...options,
  });
  return { server, client, notices };
}

const reasons = (notices: readonly RetryNotice[]) => notices.map(({ reason }) => reason);

it('makes up a key and says which', async () => {
  const { server, client } = await against([made]);
  const [one, other] = [await client.pay(payment), await client.pay(payment)];
  expect(one).toMatchObject({ kind: 'DONE', value: { transactionId: 'made' }, replayed: false });
  expect(server.arrived.map(({ key }) => key)).toEqual([one.key, other.key]);
  expect(one.key).not.toBe(other.key);
  expect(one.key).toMatch(/^[!-~]{20,255}$/);
  expect(server.arrived[0]).toMatchObject({ method: 'POST', path: '/api/payments', authorization: 'Bearer good' });
});

it('asks again with the same key and the same bytes after everything that leaves open whether it was done', async () => {
  const storm = [
    ...[cut, problem(503, 'OVERLOADED'), cutMidAnswer, problem(504, 'OUTCOME_UNKNOWN'), halfJson, html(502)],
    ...[problem(429, 'RATE_LIMITED'), problem(409, 'IDEMPOTENCY_IN_PROGRESS'), json(201, {}), html(200)],
  ];
  const replayed = json(201, { transactionId: 'made' }, { 'idempotency-replayed': 'true' });
  const { server, client, notices } = await against([...storm, replayed], { attemptsMax: 20 });
  const outcome = await client.pay(payment, { key: 'mine' });
  expect(outcome).toMatchObject({ kind: 'DONE', key: 'mine', replayed: true });
  expect(server.arrived).toHaveLength(storm.length + 1);
  expect(new Set(server.arrived.map(({ key, bodyHash }) => `${key} ${bodyHash}`)).size).toBe(1);
  expect(server.arrived[0]).toMatchObject({ key: 'mine', body: JSON.stringify(payment) });
  expect(reasons(notices)).toEqual([
    ...['NO_ANSWER', 'OVERLOADED', 'NO_ANSWER', 'OUTCOME_UNKNOWN', 'UNREADABLE_ANSWER', 'HTTP_502'],
    ...['RATE_LIMITED', 'IDEMPOTENCY_IN_PROGRESS', 'UNREADABLE_ANSWER', 'UNREADABLE_ANSWER'],
  ]);
});

it('what the caller changes in the body meanwhile is not sent', async () => {
  const body = { ...payment };
  const { server, client } = await against([
    (response, arrived) => {
      body.amount = '99.00';
      problem(503, 'OVERLOADED')(response, arrived);
    },
    made,
  ]);
  await client.pay(body);
  expect(server.arrived.map((arrived) => JSON.parse(arrived.body).amount)).toEqual(['12.50', '12.50']);
});

it('a refusal is a value, and is not asked for again', async () => {
  const refused = problem(422, 'INSUFFICIENT_FUNDS', { transactionId: 'failed' });
  const { server, client } = await against([refused]);
  const outcome = await client.pay(payment);
  expect(outcome).toMatchObject({
    kind: 'REFUSED',
    problem: { code: 'INSUFFICIENT_FUNDS', transactionId: 'failed' },
  });
  expect(server.arrived).toHaveLength(1);
});

it.each([
  [404, 'WALLET_NOT_FOUND'],
  [409, 'ILLEGAL_STATUS_CHANGE'],
  [422, 'A_CODE_OF_A_LATER_VERSION'],
])('%i %s is a refusal too', async (status, code) => {
  const { client } = await against([problem(status, code)]);
  expect(await client.pay(payment)).toMatchObject({ kind: 'REFUSED', problem: { code } });
});

it.each([
  [400, 'VALIDATION_FAILED'],
  [401, 'UNAUTHENTICATED'],
  [403, 'FORBIDDEN'],
  [404, 'ROUTE_NOT_FOUND'],
  [422, 'IDEMPOTENCY_KEY_REUSED'],
  [500, 'COMMAND_FAULT'],
])('%i %s is a fault: it throws, and is sent once', async (status, code) => {
  const { server, client } = await against([problem(status, code)]);
  const fault = await client.pay(payment).catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(WalletFault);
  expect(fault).toMatchObject({ status, problem: { code } });
  expect(server.arrived).toHaveLength(1);
});

it('a fault names the fields', async () => {
  const errors = [{ field: 'amount', rule: 'AMOUNT_DECIMALS', message: 'has more decimals than the currency' }];
  const { client } = await against([problem(400, 'VALIDATION_FAILED', { errors })]);
  await expect(client.pay(payment)).rejects.toThrow('amount has more decimals than the currency');
});

it('a fault whose detail names the fields names them once', async () => {
  const errors = [{ field: 'amount', rule: 'REQUIRED', message: 'is required' }];
  const { client } = await against([problem(400, 'VALIDATION_FAILED', { detail: 'amount: is required', errors })]);
  await expect(client.pay(payment)).rejects.toThrow(/^VALIDATION_FAILED: amount: is required$/);
});

it.each([
  [400, 'VALIDATION_FAILED'],
  [401, 'UNAUTHENTICATED'],
  [404, 'WALLET_NOT_FOUND'],
  [422, 'IDEMPOTENCY_KEY_REUSED'],
])('after an attempt that may have been done, %i %s does not say that nothing was done', async (status, code) => {
  const { client } = await against([cut, problem(status, code)]);
  expect(await client.pay(payment)).toMatchObject({ kind: 'UNKNOWN', problem: { code } });
});

it('after an attempt that may have been done, what is recorded under the key is known', async () => {
  const { client } = await against([cut, problem(422, 'INSUFFICIENT_FUNDS', { transactionId: 'failed' })]);
  expect(await client.pay(payment)).toMatchObject({ kind: 'REFUSED' });
  const approvals = await against([cut, problem(422, 'APPROVAL_REJECTED')]);
  expect(await approvals.client.pay(payment)).toMatchObject({ kind: 'REFUSED' });
});

it('an answer that was archived is not known, and no refusal', async () => {
  const { server, client } = await against([problem(410, 'ANSWER_ARCHIVED')]);
  expect(await client.pay(payment)).toMatchObject({ kind: 'UNKNOWN', problem: { code: 'ANSWER_ARCHIVED' } });
  expect(server.arrived).toHaveLength(1);
});

it('what waits for somebody else’s approval is told as that', async () => {
  const { client } = await against([json(202, { approvalId: 'asked', status: 'PENDING' })]);
  expect(await client.pay(payment)).toMatchObject({ kind: 'PENDING', approval: { approvalId: 'asked' } });
});

it('when only busy answers came, it is known that nothing was done', async () => {
  const { server, client } = await against([problem(503, 'OVERLOADED')], { attemptsMax: 4 });
  expect(await client.pay(payment)).toMatchObject({ kind: 'NOT_DONE', problem: { code: 'OVERLOADED' } });
  expect(server.arrived).toHaveLength(4);
});

it('a 503 that the platform did not write says little', async () => {
  const { client } = await against([html(503)], { attemptsMax: 2 });
  expect(await client.pay(payment)).toMatchObject({ kind: 'UNKNOWN', problem: null });
});

it('one attempt that may have been done makes it unknown, whatever came after', async () => {
  const { client } = await against([problem(504, 'OUTCOME_UNKNOWN'), problem(503, 'OVERLOADED')], { attemptsMax: 3 });
  expect(await client.pay(payment)).toMatchObject({ kind: 'UNKNOWN', problem: { code: 'OVERLOADED' } });
});

it('where nobody listens nothing was done', async () => {
  const { server, client, notices } = await against([made], { attemptsMax: 3 });
  await server.close();
  expect(await client.pay(payment)).toMatchObject({ kind: 'NOT_DONE', problem: null });
  expect(reasons(notices)).toEqual(['NO_ANSWER', 'NO_ANSWER']);
});

it('goes on to the next address when one does not answer, and stays there', async () => {
  const { server: dead } = await against([made]);
  const { server } = await against([made]);
  const deadUrl = dead.url;
  await dead.close();
  const { client } = await against([made], { baseUrl: [deadUrl, server.url] });
  for (let n = 0; n < 3; n += 1) expect(await client.pay(payment)).toMatchObject({ kind: 'DONE' });
  expect(server.arrived).toHaveLength(3);
});

it('waits as many seconds as it is asked to', async () => {
  const { server, client } = await against([problem(429, 'RATE_LIMITED', {}, { 'retry-after': '1' }), made]);
  await client.pay(payment);
  expect(waited(server)).toBeGreaterThanOrEqual(990);
});

it('waits until the time it is told, by the clock of who tells it', async () => {
  const [at, until] = ['Thu, 01 Jan 2099 00:00:00 GMT', 'Thu, 01 Jan 2099 00:00:01 GMT'];
  const { server, client } = await against([
    problem(429, 'RATE_LIMITED', {}, { date: at, 'retry-after': until }),
    made,
  ]);
  expect(await client.pay(payment, { deadlineMs: 5_000 })).toMatchObject({ kind: 'DONE' });
  expect(waited(server)).toBeGreaterThanOrEqual(990);
});

it('what is asked for too long is not waited for: it says at once what is known', async () => {
  const later = problem(503, 'OVERLOADED', {}, { 'retry-after': '3600' });
  const { server, client } = await against([later]);
  const startedAt = performance.now();
  expect(await client.pay(payment)).toMatchObject({ kind: 'NOT_DONE', problem: { code: 'OVERLOADED' } });
  const unknown = await against([problem(504, 'OUTCOME_UNKNOWN', {}, { 'retry-after': '3600' })]);
  expect(await unknown.client.pay(payment)).toMatchObject({ kind: 'UNKNOWN' });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(server.arrived).toHaveLength(1);
});

it('a deadline that falls into a wait ends it before, with what is known', async () => {
  const pause = { firstMs: 60_000, maxMs: 60_000 };
  const busy = await against([problem(503, 'OVERLOADED')], { pause, random: () => 1 });
  expect(await busy.client.pay(payment, { deadlineMs: 10_000 })).toMatchObject({ kind: 'NOT_DONE' });
  const lost = await against([cut], { pause, random: () => 1 });
  expect(await lost.client.pay(payment, { deadlineMs: 10_000 })).toMatchObject({ kind: 'UNKNOWN' });
  expect([busy.server.arrived.length, lost.server.arrived.length]).toEqual([1, 1]);
});

it('a deadline that passes while nobody answers leaves it unknown', async () => {
  const { server, client } = await against([silence]);
  const startedAt = performance.now();
  expect(await client.pay(payment, { deadlineMs: 150 })).toMatchObject({ kind: 'UNKNOWN' });
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(server.arrived).toHaveLength(1);
});

it('a storm of 503 ends with the deadline', async () => {
  const { server, client } = await against([problem(503, 'OVERLOADED')], { attemptsMax: 1_000_000 });
  const startedAt = performance.now();
  const { kind } = await client.pay(payment, { deadlineMs: 500 });
  expect(performance.now() - startedAt).toBeLessThan(2_500);
  expect(server.arrived.length).toBeGreaterThan(2);
  // It falls into a wait or into an attempt.
  expect(['NOT_DONE', 'UNKNOWN']).toContain(kind);
});

it('given up by its caller it says what is known, during a wait and during an attempt', async () => {
  const waiting = await against([problem(503, 'OVERLOADED', {}, { 'retry-after': '20' })]);
  const aborted = new AbortController();
  const outcome = waiting.client.pay(payment, { signal: aborted.signal });
  await expect.poll(() => waiting.notices.length).toBe(1);
  aborted.abort();
  expect(await outcome).toMatchObject({ kind: 'NOT_DONE', problem: { code: 'OVERLOADED' } });

  const asking = await against([silence]);
  const other = new AbortController();
  const second = asking.client.pay(payment, { signal: other.signal });
  await expect.poll(() => asking.server.arrived.length).toBe(1);
  other.abort();
  expect(await second).toMatchObject({ kind: 'UNKNOWN' });

  const before = await against([made]);
  expect(await before.client.pay(payment, { signal: AbortSignal.abort() })).toMatchObject({ kind: 'NOT_DONE' });
  expect(before.server.arrived).toHaveLength(0);
});

it('an attempt that takes too long is given up for the next', async () => {
  const { client } = await against([silence, made], { attemptTimeoutMs: 100 });
  expect(await client.pay(payment)).toMatchObject({ kind: 'DONE' });
});

it('a slow answer is waited for', async () => {
  const slow: Step = (response) => {
    response.writeHead(201, { 'content-type': 'application/json' });
    response.write('{"transactionId":');
    setTimeout(() => response.end('"made"}'), 120);
  };
  const { server, client } = await against([slow]);
  expect(await client.pay(payment)).toMatchObject({ kind: 'DONE' });
  expect(server.arrived).toHaveLength(1);
});

it('a connection that is cut in the middle of the request is asked for again', async () => {
  const { server } = await against([made]);
  let cuts = 0;
  const cutting = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      cuts += 1;
      socket.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => cutting.listen(0, '127.0.0.1', resolve));
  const { port } = cutting.address() as { port: number };
  const { client } = await against([made], { baseUrl: [`http://127.0.0.1:${port}`, server.url] });
  expect(await client.pay({ ...payment, description: 'x'.repeat(1_000) })).toMatchObject({ kind: 'DONE' });
  expect(cuts).toBe(1);
  await new Promise((resolve) => cutting.close(resolve));
});

it('a token that was refused is asked for anew, once, and the key stays', async () => {
  const refusals: (string | null)[] = [];
  const token = (refused: string | null) => {
    refusals.push(refused);
    return refused === null && refusals.length === 1 ? 'old' : 'new';
  };
  const { server, client } = await against([problem(401, 'UNAUTHENTICATED'), problem(503, 'OVERLOADED'), made], {
    token,
  });
  expect(await client.pay(payment)).toMatchObject({ kind: 'DONE' });
  expect(server.arrived.map(({ authorization }) => authorization)).toEqual(['Bearer old', 'Bearer new', 'Bearer new']);
  expect(refusals).toEqual([null, 'old', null]);
  expect(new Set(server.arrived.map(({ key }) => key)).size).toBe(1);

  const never = await against([problem(401, 'UNAUTHENTICATED')], { token });
  await expect(never.client.pay(payment)).rejects.toMatchObject({ problem: { code: 'UNAUTHENTICATED' } });
  expect(never.server.arrived).toHaveLength(2);
});

it('without a token nothing is sent, and it throws', async () => {
  const token = () => Promise.reject(new Error('the vault is shut'));
  const { server, client } = await against([made], { token });
  await expect(client.pay(payment)).rejects.toMatchObject({ cause: { message: 'the vault is shut' } });
  expect(server.arrived).toHaveLength(0);
});

it('a key that no header can hold throws, and nothing is sent', async () => {
  const { server, client } = await against([made]);
  await expect(client.pay(payment, { key: 'a\nb' })).rejects.toThrow(TypeError);
  expect(server.arrived).toHaveLength(0);
});

it('a redirect is not followed: a payment would become a read', async () => {
  const { server, client } = await against([(response) => response.writeHead(302, { location: '/elsewhere' }).end()], {
    attemptsMax: 2,
  });
  expect(await client.pay(payment)).toMatchObject({ kind: 'UNKNOWN' });
  expect(server.arrived.map(({ path }) => path)).toEqual(['/api/payments', '/api/payments']);
});

it('the pauses grow, are random from zero on, and are bounded', async () => {
  const { client, notices } = await against([problem(503, 'OVERLOADED')], {
    ...{ attemptsMax: 7, pause: { firstMs: 2, maxMs: 10 }, random: () => 0.5 },
  });
  await client.pay(payment);
  expect(notices.map(({ waitMs }) => waitMs)).toEqual([1, 2, 4, 5, 5, 5]);
});

it('limits, wallets and statuses are asked for under a key as well', async () => {
  const { server, client } = await against([cut, json(200, { walletId: 'w' })]);
  expect(await client.setLimits('w', { dailyOut: '5.00' }, { key: 'k' })).toMatchObject({ kind: 'DONE' });
  await client.createWallet({ currency: 'EUR' });
  await client.changeStatus('w', { status: 'ACTIVE' });
  expect(server.arrived.map(({ method, path }) => `${method} ${path}`)).toEqual([
    ...['PUT /api/wallets/w/limits', 'PUT /api/wallets/w/limits', 'POST /api/wallets', 'PATCH /api/wallets/w/status'],
  ]);
  expect(server.arrived.every(({ key }) => key)).toBe(true);
  expect(server.arrived[0]?.key).toBe(server.arrived[1]?.key);
});

function waited(server: ScriptedServer): number {
  const [first, second] = server.arrived;
  return (second?.atMs ?? 0) - (first?.atMs ?? 0);
}
