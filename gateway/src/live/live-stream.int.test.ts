import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type LiveFrame, type LiveHandshake, liveSilentAfterMs } from '@smart-wallet/engine/contract/live.js';
import { natsLogin } from '@smart-wallet/engine/contract/nats-options.js';
import { batchSubject } from '@smart-wallet/engine/contract/subjects.js';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { batchOf, committedEvent, secondsOfTable, writeBatch } from '../testing/ledger-rows.js';
import { consecutive, LiveClient, numbersOf, until } from '../testing/live-client.js';
import {
  gatewayToken,
  openScratch,
  type Program,
  type Scratch,
  startEngine,
  startGateway,
} from '../testing/scratch.js';

// Gateways as programs, before a real engine, Postgres, Redis and NATS.

type Gateway = Program & { url: string };

let scratch: Scratch;
let owner: pg.Pool;
let nats: NatsConnection;
let engine: Program;
let gateways: Gateway[];
const clients: LiveClient[] = [];

beforeAll(async () => {
  scratch = await openScratch();
  owner = new pg.Pool({ connectionString: scratch.database.url, max: 4, idleTimeoutMillis: 0 });
  nats = await connect(natsLogin(scratch.engine.natsUrl));
  engine = startEngine(scratch, 'engine-1');
  engine.process.stdout?.resume();
  gateways = [await gateway(), await gateway()];
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(async () => {
  await Promise.all((gateways ?? []).map((each) => each.stop()));
  await engine?.stop();
  await nats?.close();
  await owner?.end();
  await scratch?.database.drop();
});

async function gateway(env: Record<string, string> = {}): Promise<Gateway> {
  const started = await startGateway(scratch, async (url) => (await fetch(`${url}/health/ready`)).status === 200, env);
  started.process.stdout?.resume();
  return started;
}

async function live(url: string, auth: Partial<LiveHandshake> = {}): Promise<LiveClient> {
  for (;;) {
    const client = new LiveClient(url, { token: gatewayToken, ...auth });
    await until(() => client.snapshots.length + client.refusals.length > 0, 'an answer');
    if (client.refusals[0]?.code !== 'NOT_READY') {
      clients.push(client);
      return client;
    }
    client.close();
    await sleep(50);
  }
}

async function call(url: string, path: string, body: unknown, key?: string) {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${gatewayToken}`,
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

const first = (): Gateway => gateways[0] as Gateway;
const second = (): Gateway => gateways[1] as Gateway;
const lastFrame = (client: LiveClient): LiveFrame => client.frames.at(-1) as LiveFrame;
const secondNow = () => Math.floor(Date.now() / 1_000);
const lastSecond = (client: LiveClient): number => client.seconds.at(-1)?.second ?? 0;

async function closedThrough(client: LiveClient, secondNumber: number): Promise<void> {
  await until(() => lastSecond(client) >= secondNumber, `second ${secondNumber}`, 15_000);
}

describe('a payment made through the API', () => {
  it('is in the next frame, with the names of its wallets, and then in its second', async () => {
    const { url } = first();
    const begunMs = Date.now();
    const made = await Promise.all(
      ['Anna \u{1F600}'.repeat(20), 'Ben'].map((name) =>
        call(url, '/api/wallets', { currency: 'EUR', status: 'ACTIVE', metadata: { name } }),
      ),
    );
    const [anna, ben] = made.map(({ body }) => body.walletId) as [string, string];
    const client = await live(url);
    await until(() => client.frames.length > 1, 'frames');
    for (const walletId of [anna, ben]) {
      await call(url, `/api/wallets/${walletId}/deposits`, { amount: '5', currency: 'EUR' }, randomUUID());
    }
    // The names are known by the time of the next one.
    await sleep(700);
    const pay = { senderWalletId: anna, receiverWalletId: ben, amount: '4', currency: 'EUR' };
    const frames = client.frames.length;
    const paid = await call(url, '/api/payments', pay, randomUUID());
    const refused = await call(url, '/api/payments', pay, randomUUID());
    await until(
      () => client.frames.slice(frames).some(({ payments }) => payments.some((one) => one.status === 'FAILED')),
      'both payments',
    );
    const frame = client.frames.slice(frames).find(({ payments }) => payments.length > 0) as LiveFrame;
    expect(frame.open.oldestNewAtMs).toBeGreaterThan(begunMs);
    const shown = client.frames.slice(frames).flatMap(({ payments }) => payments);
    expect(shown.find(({ transactionId }) => transactionId === paid.body.transactionId)).toMatchObject({
      ...{ kind: 'PAYMENT', status: 'SUCCESS', amount: '40000', currency: 'EUR', receiverName: 'Ben' },
      senderName: [...'Anna \u{1F600}'.repeat(20)].slice(0, 60).join(''),
    });
    expect(shown.find(({ transactionId }) => transactionId === refused.body.transactionId)).toMatchObject({
      failureCode: 'INSUFFICIENT_FUNDS',
    });
    const committedIn = secondNow();
    await closedThrough(client, committedIn + 1);
    const figures = client.seconds.filter((one) => one.second >= Math.floor(begunMs / 1_000));
    expect(figures.reduce((sum, { succeeded }) => sum + succeeded, 0)).toBe(3);
    expect(figures.reduce((sum, { failuresByCode }) => sum + (failuresByCode.INSUFFICIENT_FUNDS ?? 0), 0)).toBe(1);
    expect(lastFrame(client).open).toMatchObject({ from: lastSecond(client) + 1, batches: 0 });
  });
});

describe('two gateways', () => {
  it('tell the same seconds byte for byte, and of each other', async () => {
    const stopAtMs = Date.now() + 3_000;
    while (Date.now() < stopAtMs) {
      await writeBatch(owner, batchOf(Math.ceil(Math.random() * 9)));
      await sleep(5);
    }
    const through = secondNow() + 1;
    const [one, other] = [await live(first().url), await live(second().url)];
    await Promise.all([closedThrough(one, through), closedThrough(other, through)]);
    const shared = (client: LiveClient) =>
      client.seconds.filter((each) => each.second > through - 10 && each.second <= through);
    expect(JSON.stringify(shared(one))).toBe(JSON.stringify(shared(other)));
    expect(shared(one)).toEqual(await secondsOfTable(owner, through - 9, through + 1));
    await until(() => lastFrame(one).gateways.length === 2, 'the other gateway');
    expect(lastFrame(one).gateways.map(({ url }) => url)).toEqual([first().url, second().url]);
    await until(() => lastFrame(one).gateways[1]?.liveConnections === 1, 'its connections');
  });

  it('are one to a client that goes from one to the other: every second once', async () => {
    const client = await live(first().url);
    await until(() => client.frames.some(({ seconds }) => seconds.length > 0), 'a second');
    let { seconds } = client;
    for (const { url } of [second(), first(), second()]) {
      client.close();
      await sleep(1_300);
      const next = await live(url, { since: seconds.at(-1)?.second as number });
      expect(next.snapshots[0]?.resumed).toBe(true);
      await until(() => next.frames.some((frame) => frame.seconds.length > 0), 'a second');
      next.close();
      seconds = [...seconds, ...next.seconds];
    }
    expect(numbersOf(seconds)).toEqual(consecutive(seconds[0]?.second as number, seconds.at(-1)?.second as number));
  });
});

describe('what moved today', () => {
  it('is the sum of the day, exact, and so are the last minutes after a restart', async () => {
    const midnightMs = Math.floor(Date.now() / 86_400_000) * 86_400_000;
    const [early, yesterday] = ['9007199254740993001', '5'];
    await writeBatch(owner, { ...batchOf(1, early, 'JPY'), atMs: midnightMs });
    await writeBatch(owner, { ...batchOf(1, yesterday, 'JPY'), atMs: midnightMs - 1 });
    await writeBatch(owner, { ...batchOf(3), atMs: Date.now() - 600_000 });
    const third = await gateway();
    const client = await live(third.url);
    await until(() => client.frames.length > 0 && lastFrame(client).movedToday !== null, 'the sums of the day');
    expect(lastFrame(client).movedToday?.sumByCurrency.JPY).toBe(early);
    await writeBatch(owner, batchOf(2, '7000000000000000007', 'JPY'));
    await closedThrough(client, secondNow());
    expect(lastFrame(client).movedToday?.sumByCurrency.JPY).toBe('23007199254740993015');
    expect(lastFrame(client).movedToday?.countByCurrency?.JPY).toBe(3);
    const before = client.seconds;
    await third.stop();
    const again = await gateway();
    const other = await live(again.url);
    await until(() => other.frames.length > 0 && lastFrame(other).movedToday !== null, 'the sums of the day');
    const from = other.seconds[0]?.second as number;
    const through = before.at(-1)?.second as number;
    const kept = (client: LiveClient) => client.seconds.filter((one) => one.second >= from && one.second <= through);
    expect(JSON.stringify(kept(other))).toBe(JSON.stringify(before.filter((one) => one.second >= from)));
    expect(lastFrame(other).movedToday?.sumByCurrency.JPY).toBe('23007199254740993015');
    expect(lastFrame(other).movedToday?.countByCurrency?.JPY).toBe(3);
    await again.stop();
  });
});

describe('the state', () => {
  it('shows a killed engine\u2019s partitions without an owner, and then who took them over, and how long it took', async () => {
    const client = await live(first().url);
    const ownersOf = (frame: LiveFrame) => frame.partitions.map(([, workerId]) => workerId);
    await until(() => client.frames.length > 0 && !ownersOf(lastFrame(client)).includes(null), 'owners');
    const [dead] = ownersOf(lastFrame(client)) as [string];
    await engine.stop('SIGKILL');
    await until(() => ownersOf(lastFrame(client)).every((id) => id === null), 'nobody to own them', 20_000);
    engine = startEngine(scratch, 'engine-2');
    engine.process.stdout?.resume();
    await until(() => lastFrame(client).takeovers.some(({ from }) => from === dead), 'the takeover', 20_000);
    await until(() => !ownersOf(lastFrame(client)).includes(null), 'owners again');
    const takeover = lastFrame(client).takeovers[0];
    expect(takeover).toMatchObject({ from: dead, to: ownersOf(lastFrame(client))[0], planned: false });
    expect(takeover?.partitions).toHaveLength(64);
    expect(takeover?.tookMs).toBeGreaterThan(liveSilentAfterMs);
    await expect
      .poll(() => lastFrame(client).workers.map(({ name, heardMsAgo }) => [name, heardMsAgo < 2_000]))
      .toEqual([
        ['engine-1', false],
        ['engine-2', true],
      ]);
    await expect.poll(() => lastFrame(client).sources.engineMs).toBeLessThan(1_500);
  });

  it('counts what was not accepted, and says how long the oldest has waited', async () => {
    const client = await live(first().url);
    const { url } = first();
    const { body } = await call(url, '/api/wallets', { currency: 'EUR', status: 'ACTIVE' });
    engine.process.kill('SIGSTOP');
    try {
      const deposit = { amount: '1', currency: 'EUR' };
      const waiting = call(url, `/api/wallets/${body.walletId}/deposits`, deposit, randomUUID());
      await until(() => (lastFrame(client)?.gateways[0]?.oldestOpenMs ?? 0) > 2_000, 'the oldest to wait');
      expect(lastFrame(client).gateways[0]?.openCommands).toBe(1);
      expect([503, 504]).toContain((await waiting).status);
      await until(() => Object.keys(lastFrame(client).gateways[0]?.notAccepted ?? {}).length > 0, 'the count');
      expect(Object.values(lastFrame(client).gateways[0]?.notAccepted ?? {})).toEqual([1]);
    } finally {
      engine.process.kill('SIGCONT');
    }
    await until(() => lastFrame(client).partitions.every(([, workerId]) => workerId !== null), 'owners again', 20_000);
  });

  it('does not take nonsense from the bus', async () => {
    const client = await live(first().url);
    // What the last test left waiting may just have been committed.
    await until(() => client.frames.length > 0 && lastFrame(client).open.batches === 0, 'nothing that is open');
    for (const text of [
      '{',
      'null',
      '{"committedAtMs":"now"}',
      '[]',
      JSON.stringify({ figures: { succeeded: NaN } }),
    ]) {
      nats.publish(batchSubject(scratch.namespace), text);
    }
    await nats.flush();
    const frames = client.frames.length;
    await until(() => client.frames.length > frames + 1, 'frames that go on');
    expect(lastFrame(client).open.batches).toBe(0);
  });
});

describe('when Postgres is away for the live stream', () => {
  it('frames go on and say so, and later every second comes', async () => {
    const client = await live(first().url);
    const server = new URL(scratch.database.url);
    server.pathname = '/postgres';
    const admin = new pg.Pool({ connectionString: server.href, max: 1 });
    const connections = (allowed: boolean) =>
      admin.query(`ALTER DATABASE ${scratch.namespace} WITH ALLOW_CONNECTIONS ${allowed}`);
    await writeBatch(owner, batchOf(1));
    await connections(false);
    try {
      await admin.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'wallet-gateway live' AND datname = $1",
        [scratch.namespace],
      );
      await writeBatch(owner, batchOf(5));
      const writtenIn = secondNow();
      const frames = client.frames.length;
      await until(() => (lastFrame(client)?.sources.ledgerMs ?? 0) > 3_000, 'an old ledger');
      expect(client.frames.length - frames).toBeGreaterThanOrEqual(3);
      await connections(true);
      await closedThrough(client, writtenIn + 2);
      expect(client.seconds.filter((one) => one.second >= writtenIn - 1 && one.second <= writtenIn + 2)).toEqual(
        await secondsOfTable(owner, writtenIn - 1, writtenIn + 3),
      );
      expect(numbersOf(client.seconds)).toEqual(consecutive(client.seconds[0]?.second as number, lastSecond(client)));
      await until(() => (lastFrame(client).sources.ledgerMs ?? Infinity) < 1_000, 'a fresh ledger');
    } finally {
      await connections(true);
      await admin.end();
    }
  });
});

describe('a gateway', () => {
  it('ends a display token\u2019s connection when its time is over', async () => {
    const { body } = await call(first().url, '/api/auth/token', { role: 'display', ttlSeconds: 2 });
    const client = await live(first().url, { token: body.token as string });
    await until(() => client.disconnects.length > 0, 'the end');
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(body.expiresAt as string));
    expect([client.ended[0]?.code, client.disconnects]).toEqual(['TOKEN_ENDED', ['io server disconnect']]);
    const late = new LiveClient(first().url, { token: body.token });
    clients.push(late);
    await until(() => late.refusals.length > 0, 'a refusal');
    expect(late.refusals[0]?.code).toBe('TOKEN_ENDED');
  });

  it('that is told to stop sends its clients away at once, and ends in good order', async () => {
    const leaving = await gateway({ GATEWAY_STOP_DELAY_MS: '3000' });
    const [reading, paused] = [await live(leaving.url), await live(leaving.url)];
    paused.pause();
    const toldAtMs = Date.now();
    const stopped = leaving.stop();
    await until(() => reading.disconnects.length > 0, 'the end');
    // Long before it stops serving.
    expect(Date.now() - toldAtMs).toBeLessThan(2_500);
    const late = new LiveClient(leaving.url, { token: gatewayToken });
    clients.push(late);
    await until(() => late.refusals.length > 0, 'a refusal');
    expect(await stopped).toBe(0);
  });

  it('counts its stream in the metrics', async () => {
    const client = await live(first().url);
    nats.publish(batchSubject(scratch.namespace), JSON.stringify(committedEvent(batchOf(1), Date.now())));
    await until(() => client.frames.length > 1, 'frames');
    const metrics = async () => (await fetch(`${first().url}/metrics`)).text();
    // Those that the tests before left may be going still.
    await expect.poll(metrics).toMatch(/^wallet_live_connections 1$/m);
    await expect.poll(metrics).toMatch(/^wallet_live_seconds_behind [012]$/m);
    await expect.poll(metrics).toMatch(/^wallet_live_batches_heard_total [1-9]/m);
    expect(await metrics()).toMatch(/^wallet_live_frames_sent_total [1-9]/m);
    expect(await metrics()).toMatch(/^wallet_live_frames_skipped_total \d+$/m);
  });

  it('without the stream has none, and answers its address like any other that is not there', async () => {
    const plain = await gateway({ LIVE_STREAM: 'off' });
    const client = new LiveClient(plain.url, { token: gatewayToken });
    clients.push(client);
    await until(() => client.refusals.length > 0, 'a refusal');
    expect((await fetch(`${plain.url}/live/?EIO=4&transport=polling`)).status).toBe(404);
    expect(await (await fetch(`${plain.url}/metrics`)).text()).not.toContain('wallet_live');
    await plain.stop();
  });

  it('answers a request to upgrade to something else in plain HTTP', async () => {
    const response = await fetch(`${first().url}/live/?EIO=4&transport=polling`);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([404, 'ROUTE_NOT_FOUND']);
  });

  it('tells its clients and the others where it is reached, and what the board judges by', async () => {
    const named = await gateway({
      ...{ GATEWAY_PUBLIC_URL: 'https://wallet.example/', BOARD_ENVIRONMENT: 'staging' },
      ...{ BOARD_SUCCESS_TARGET_PERCENT: '98.25', BOARD_LATENCY_P99_MS: '150' },
    });
    const client = await live(named.url);
    expect(client.snapshots[0]).toMatchObject({
      ...{ environment: 'staging', targets: { successPercent: 98.25, latencyP99Ms: 150 }, partitionCount: 64 },
    });
    const other = await live(first().url);
    await until(
      () => (lastFrame(other)?.gateways ?? []).some(({ url }) => url === 'https://wallet.example'),
      'the public address',
    );
    await named.stop();
  });
});
