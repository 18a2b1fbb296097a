import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  liveConnectionsPerTokenMax,
  liveHistorySeconds,
  liveWaitingPerAddressMax,
} from '@smart-wallet/engine/contract/live.js';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { BadTokens } from '../rate-limits/bad-tokens.js';
import { consecutive, LiveClient, numbersOf, until } from '../testing/live-client.js';
import { testTokens } from '../testing/test-app.js';
import { CommittedSum } from './committed-sum.js';
import type { FrameState } from './frame-maker.js';
import { framesUnderWayMax } from './live-connection.js';
import { LiveServer, sinceAheadSecondsMax } from './live-server.js';
import { SecondRing } from './second-ring.js';

const developmentToken = 'development-token-1';
const secret = 's'.repeat(32);
const tokens = testTokens(developmentToken, secret);
const display = { role: 'display', caller: 'display' } as const;
const first = 1_000;

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Stage {
  url: string;
  server: LiveServer;
  ring: SecondRing;
  http: Server;
  /** Closes one more second. */
  second(): number;
  frame(changes?: Partial<FrameState>): void;
  client(auth?: Record<string, unknown>, reconnection?: boolean): LiveClient;
  ready: boolean;
}

interface StageNeeds {
  seconds?: number;
  connectionsMax?: number;
  reserved?: number;
  badTokensMax?: number;
}

async function stage({
  seconds = 10,
  connectionsMax = 50,
  reserved = 0,
  badTokensMax = 1_000,
}: StageNeeds = {}): Promise<Stage> {
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const ring = new SecondRing(liveHistorySeconds);
  let next = first;
  const second = () => {
    ring.push({ second: next, ...new CommittedSum().figures() });
    return next++;
  };
  for (let i = 0; i < seconds; i++) second();
  const facts = {
    gatewayId: 'g1',
    environment: 'test',
    targets: { successPercent: 99, latencyP99Ms: 100 },
    partitionCount: 2,
  };
  const server = new LiveServer(http, {
    ...{ badTokens: new BadTokens({ points: badTokensMax, periodSeconds: 60 }, () => performance.now()) },
    trustedProxies: ['127.0.0.1'],
    ...{ tokens, ring, facts, connectionsMax, reserved, log: pino({ level: 'silent' }) },
    isReady: () => on.ready,
    isWelcome: ({ headers }) => headers.origin !== 'https://evil.test',
  });
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  stops.push(async () => {
    await server.close();
    http.close();
  });
  const on: Stage = {
    ...{ url, server, ring, http, second, ready: true },
    frame: (changes) => server.send({ ...emptyState, madeAtMs: Date.now(), ...changes }),
    client(auth = { token: developmentToken }, reconnection = false) {
      const client = new LiveClient(url, auth, reconnection);
      stops.push(() => client.close());
      return client;
    },
  };
  return on;
}

const emptyState: FrameState = {
  gatewayId: 'g1',
  madeAtMs: 0,
  open: { ...new CommittedSum().figures(), from: 0, oldestNewAtMs: null },
  movedToday: null,
  partitions: [],
  workers: [],
  gateways: [],
  takeovers: [],
  payments: [],
  sources: { ledgerMs: null, engineMs: null },
};

async function welcomed(client: LiveClient): Promise<LiveClient> {
  await until(() => client.snapshots.length > 0, 'a snapshot');
  return client;
}

describe('a client', () => {
  it('gets the history once, and then each second once, with the first frame after it closed', async () => {
    const on = await stage();
    const client = await welcomed(on.client());
    expect(client.snapshots[0]).toMatchObject({
      gatewayId: 'g1',
      environment: 'test',
      partitionCount: 2,
      resumed: false,
    });
    expect(numbersOf(client.seconds)).toEqual(consecutive(first, first + 9));
    for (const count of [0, 1, 3, 0, 2]) {
      for (let i = 0; i < count; i++) on.second();
      on.frame();
      const frames = client.frames.length;
      await until(() => client.frames.length > frames, 'a frame');
      expect(client.frames.at(-1)?.seconds).toHaveLength(count);
    }
    expect(numbersOf(client.seconds)).toEqual(consecutive(first, first + 15));
  });

  it('that says the last second it has goes on right after it', async () => {
    const on = await stage();
    const client = await welcomed(on.client({ token: developmentToken, since: first + 5 }));
    on.second();
    on.frame();
    await until(() => client.frames.length > 0, 'a frame');
    expect(client.snapshots[0]?.resumed).toBe(true);
    expect(numbersOf(client.seconds)).toEqual(consecutive(first + 6, first + 10));
  });

  it('may be a little ahead of this gateway, and then waits for what it has not', async () => {
    const on = await stage();
    const client = await welcomed(on.client({ token: developmentToken, since: first + 11 }));
    for (let i = 1; i <= 4; i++) {
      on.second();
      on.frame();
      await until(() => client.frames.length === i, 'a frame');
    }
    expect(client.snapshots[0]?.resumed).toBe(true);
    expect(numbersOf(client.seconds)).toEqual([first + 12, first + 13]);
  });

  it.each([
    ['a second before the history', first - 2],
    ['a second of a far future', first + 10 + sinceAheadSecondsMax],
  ])('that says %s starts anew', async (_, since) => {
    const on = await stage();
    const client = await welcomed(on.client({ token: developmentToken, since }));
    expect(client.snapshots[0]?.resumed).toBe(false);
    expect(numbersOf(client.seconds)).toEqual(consecutive(first, first + 9));
  });

  it('that speaks is cut off: clients only listen', async () => {
    const on = await stage();
    const client = await welcomed(on.client());
    (client.socket as unknown as { emit(name: string): void }).emit('hello');
    await until(() => client.disconnects.length > 0, 'the end');
    await until(() => on.server.connectionCount === 0, 'its place free');
  });

  it('that shakes hands many times at once takes one place, and leaves it', async () => {
    const on = await stage({ connectionsMax: 3 });
    const { token } = await tokens.mint({ ...display, ttlSeconds: 60 });
    for (let i = 0; i < 20; i++) {
      const greedy = new WebSocket(`${on.url.replace('http', 'ws')}/live/?EIO=4&transport=websocket`);
      await new Promise((resolve) => greedy.addEventListener('message', resolve, { once: true }));
      for (let n = 0; n < 5; n++) greedy.send(`40${JSON.stringify({ token })}`);
      // Half of them leave while their token is being read.
      if (i % 2 === 0) greedy.close();
      await new Promise((resolve) => greedy.addEventListener('close', resolve, { once: true }));
    }
    const clients = Array.from({ length: 3 }, () => on.client());
    await Promise.all(clients.map(welcomed));
    expect(on.server.connectionCount).toBe(3);
  });

  it.each([
    // A masked ping without a payload, and a masked text frame "40/x," for a namespace that does not exist.
    ['pings', [0x89, 0x80, 0, 0, 0, 0]],
    ['asks for what there is not', [0x81, 0x85, 0, 0, 0, 0, ...Buffer.from('40/x,')]],
  ])('that %s without end is cut off', async (_, frame) => {
    const on = await stage();
    const socket = connect(Number(new URL(on.url).port), '127.0.0.1');
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(
      'GET /live/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await new Promise((resolve) => socket.once('data', resolve));
    for (let i = 0; i < 100; i++) socket.write(Buffer.from(frame));
    const heldOn = Symbol('held on');
    const handshakePatience = new Promise((resolve) => setTimeout(() => resolve(heldOn), 4_000));
    expect(await Promise.race([closed, handshakePatience])).not.toBe(heldOn);
  });

  it('is sent elsewhere when the history has begun anew', async () => {
    const on = await stage();
    const client = await welcomed(on.client());
    on.ring.clear();
    on.frame();
    await until(() => client.disconnects.length > 0, 'the end');
    expect(client.disconnects).toEqual(['transport close']);
  });
});

describe('a client that does not read', () => {
  it('costs no memory, misses no second, and sees the present when it reads again', async () => {
    const on = await stage();
    const slow = await Promise.all(Array.from({ length: 20 }, () => welcomed(on.client())));
    const quick = await welcomed(on.client());
    for (const client of slow) client.pause();
    const large = { payments: Array.from({ length: 400 }, (_, i) => ({ transactionId: `${i}`.repeat(20) })) as never };
    on.frame(large);
    await until(() => quick.frames.length === 1, 'a frame');
    const heapBefore = heapAfterCollection();
    const seconds = 500;
    for (let i = 1; i <= seconds; i++) {
      on.second();
      on.frame(large);
      await until(() => quick.frames.length === i + 1, 'a frame');
      quick.frames[i] = {} as never;
    }
    // 20 clients times 500 frames of 20 kB would be 200 MB.
    expect(heapAfterCollection() - heapBefore).toBeLessThan(10_000_000);
    const toSlow = on.server.figures.framesSent - (seconds + 1);
    expect(toSlow).toBeLessThanOrEqual(slow.length * framesUnderWayMax);
    expect(on.server.figures.framesSkipped).toBe(slow.length * (seconds + 1) - toSlow);
    for (const client of slow) client.resume();
    const newest = on.ring.newest as number;
    for (let i = 0; i < 30 && slow.some((client) => client.seconds.at(-1)?.second !== newest); i++) {
      await sleep(50);
      on.frame();
    }
    for (const client of [...slow, quick]) expect(numbersOf(client.seconds)).toEqual(consecutive(first, newest));
    for (const client of slow) expect(client.frames.length).toBeLessThan(40);
  });

  it('for longer than the history is broken off', async () => {
    const on = await stage();
    const client = await welcomed(on.client());
    client.pause();
    for (let i = 0; i < 10; i++) on.frame();
    for (let i = 0; i <= liveHistorySeconds; i++) on.second();
    on.frame();
    expect(on.server.connectionCount).toBe(0);
  });
});

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('a token', () => {
  it('of a display opens the stream, until its time is over', async () => {
    const on = await stage();
    const { token, endsAtMs } = await tokens.mint({ ...display, ttlSeconds: 2 });
    const client = await welcomed(on.client({ token }));
    on.frame({ madeAtMs: endsAtMs - 1 });
    await until(() => client.frames.length === 1, 'a frame');
    on.frame({ madeAtMs: endsAtMs });
    await until(() => client.disconnects.length > 0, 'the end');
    expect(client.ended).toEqual([{ code: 'TOKEN_ENDED', detail: expect.any(String) }]);
    // Not a reason for which Socket.IO would try again by itself.
    expect(client.disconnects).toEqual(['io server disconnect']);
    expect([client.frames.length, on.server.connectionCount]).toEqual([1, 0]);
  });

  const signed = (claims: Record<string, unknown>, key = secret, issuer = 'smart-wallet') =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer(issuer)
      .setAudience('smart-wallet')
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(key));

  it.each<[string, () => unknown, string]>([
    ['no handshake', () => undefined, 'UNAUTHENTICATED'],
    ['no token', () => ({ since: 5 }), 'UNAUTHENTICATED'],
    ['a token that is none', () => ({ token: 'nonsense' }), 'UNAUTHENTICATED'],
    ['a token that is a number', () => ({ token: 7 }), 'BAD_HANDSHAKE'],
    [
      'a token of another secret',
      async () => ({ token: await signed({ role: 'display' }, 'x'.repeat(32)) }),
      'UNAUTHENTICATED',
    ],
    [
      'a token of another issuer',
      async () => ({ token: await signed({ role: 'display' }, secret, 'else') }),
      'UNAUTHENTICATED',
    ],
    ['a token of another role', async () => ({ token: await signed({ role: 'cook' }) }), 'FORBIDDEN'],
    [
      'a token whose time is over',
      async () => ({ token: (await tokens.mint({ ...display, ttlSeconds: 5 }, Date.now() - 60_000)).token }),
      'TOKEN_ENDED',
    ],
    ['a since that is a text', () => ({ token: developmentToken, since: '5' }), 'BAD_HANDSHAKE'],
    ['a since below zero', () => ({ token: developmentToken, since: -1 }), 'BAD_HANDSHAKE'],
    ['a since between two seconds', () => ({ token: developmentToken, since: 1.5 }), 'BAD_HANDSHAKE'],
  ])('is needed: %s is refused', async (_, auth, code) => {
    const on = await stage();
    const client = on.client(((await auth()) ?? {}) as Record<string, unknown>);
    await until(() => client.refusals.length > 0, 'a refusal');
    expect(client.refusals).toEqual([{ code, detail: expect.any(String) }]);
    expect([client.snapshots.length, on.server.connectionCount]).toEqual([0, 0]);
  });
});

describe('the server', () => {
  it('opens the stream for whose page may watch, before any token is read', async () => {
    const on = await stage();
    const upgraded = (origin?: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = {
          ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
          ...{ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', ...(origin === undefined ? {} : { origin }) },
        };
        request(`${on.url}/live/?EIO=4&transport=websocket`, { headers })
          .on('upgrade', (response, socket) => {
            socket.destroy();
            resolve(response.statusCode);
          })
          .on('response', ({ statusCode }) => resolve(statusCode))
          .on('error', reject)
          .end();
      });
    expect(await upgraded('https://evil.test')).toBeGreaterThanOrEqual(400);
    for (const origin of ['https://shop.test', undefined]) expect(await upgraded(origin)).toBe(101);
  });

  it('refuses while it has no history to show', async () => {
    const on = await stage();
    on.ready = false;
    const client = on.client();
    await until(() => client.refusals.length > 0, 'a refusal');
    expect(client.refusals[0]?.code).toBe('NOT_READY');
    on.ready = true;
    client.socket.connect();
    await welcomed(client);
  });

  it('serves no more connections than it says, and again when one has gone', async () => {
    const on = await stage({ connectionsMax: 3 });
    const clients = Array.from({ length: 6 }, () => on.client());
    await until(() => clients.every(({ snapshots, refusals }) => snapshots.length + refusals.length === 1), 'answers');
    expect(on.server.connectionCount).toBe(3);
    const refused = clients.filter(({ refusals }) => refusals.length > 0);
    expect(refused.map(({ refusals }) => refusals[0]?.code)).toEqual(Array(3).fill('TOO_MANY_CONNECTIONS'));
    clients.find(({ snapshots }) => snapshots.length > 0)?.close();
    await until(() => on.server.connectionCount === 2, 'a free place');
    refused[0]?.socket.connect();
    await welcomed(refused[0] as LiveClient);
    expect(on.server.connectionCount).toBe(3);
  });

  const answered = (clients: LiveClient[]) =>
    until(() => clients.every(({ snapshots, refusals }) => snapshots.length + refusals.length > 0), 'answers');
  const codes = (clients: LiveClient[]) => clients.flatMap(({ refusals }) => refusals.map(({ code }) => code));
  const displayToken = async () => (await tokens.mint({ ...display, ttlSeconds: 60 })).token;

  it('gives one token a quarter of the places, however many others it has, and again when one has gone', async () => {
    const on = await stage({ connectionsMax: 400 });
    const [leaked, other] = [await displayToken(), await displayToken()];
    const clients: LiveClient[] = [];
    for (let i = 0; i < liveConnectionsPerTokenMax; i++) clients.push(await welcomed(on.client({ token: leaked })));
    const further = on.client({ token: leaked });
    await answered([further]);
    expect(codes([further])).toEqual(['TOO_MANY_CONNECTIONS']);
    await welcomed(on.client({ token: other }));
    await welcomed(on.client());
    clients[0]?.close();
    await until(() => on.server.connectionCount === liveConnectionsPerTokenMax + 1, 'a free place');
    further.socket.connect();
    await welcomed(further);
  });

  it('keeps places that displays cannot take', async () => {
    const on = await stage({ connectionsMax: 5, reserved: 2 });
    const displays: LiveClient[] = [];
    for (let i = 0; i < 5; i++) displays.push(on.client({ token: await displayToken() }));
    await answered(displays);
    expect([on.server.connectionCount, codes(displays)]).toEqual([3, Array(2).fill('TOO_MANY_CONNECTIONS')]);
    await Promise.all([welcomed(on.client()), welcomed(on.client())]);
    const late = on.client();
    await answered([late]);
    expect(codes([late])).toEqual(['TOO_MANY_CONNECTIONS']);
  });

  const silent = (on: Stage, address: string) =>
    new Promise<{ status: number; socket: Socket }>((resolve, reject) => {
      const socket = connect(Number(new URL(on.url).port), '127.0.0.1');
      stops.push(() => socket.destroy());
      socket.on('error', reject);
      socket.once('data', (data) => resolve({ status: Number(data.toString().split(' ')[1]), socket }));
      socket.write(
        'GET /live/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
          `X-Forwarded-For: ${address}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      );
    });

  it('lets so many connections of an address wait to shake hands, and nobody of another one for them', async () => {
    const on = await stage({ connectionsMax: 400 });
    const network = (i: number) => `2001:db8:0:1::${i.toString(16)}`;
    const waiting: Awaited<ReturnType<typeof silent>>[] = [];
    for (let i = 1; i <= liveWaitingPerAddressMax; i++) waiting.push(await silent(on, network(i)));
    expect(new Set(waiting.map(({ status }) => status))).toEqual(new Set([101]));
    expect((await silent(on, network(0xffff))).status).toBeGreaterThanOrEqual(400);
    expect((await silent(on, '2001:db8:0:2::1')).status).toBe(101);
    const first = waiting[0]?.socket;
    first?.destroy();
    await until(() => first?.closed === true, 'its end');
    await sleep(50);
    expect((await silent(on, network(1))).status).toBe(101);
  });

  it('who has shaken hands waits no more', async () => {
    const on = await stage({ connectionsMax: 400 });
    for (let i = 0; i < liveWaitingPerAddressMax; i++) await welcomed(on.client({ token: await displayToken() }));
    await welcomed(on.client());
  });

  it('reads no more tokens of an address that sent too many bad ones, and those that are known all the same', async () => {
    const on = await stage({ badTokensMax: 3 });
    const known = await displayToken();
    await welcomed(on.client({ token: known }));
    const bad = Array.from({ length: 5 }, (_, i) => on.client({ token: `a.b.${i}` }));
    await answered(bad);
    expect(codes(bad).sort()).toEqual([...Array(2).fill('NOT_READY'), ...Array(3).fill('UNAUTHENTICATED')]);
    const fresh = on.client({ token: await displayToken() });
    await answered([fresh]);
    expect(codes([fresh])).toEqual(['NOT_READY']);
    await welcomed(on.client({ token: known }));
  });

  it('that closes sends everybody elsewhere within a second or so, also who does not read', async () => {
    const on = await stage();
    const [reading, paused] = [await welcomed(on.client()), await welcomed(on.client())];
    paused.pause();
    for (let i = 0; i < 5; i++) on.frame();
    const closedAtMs = Date.now();
    await on.server.close();
    await new Promise((resolve) => on.http.close(resolve));
    expect(Date.now() - closedAtMs).toBeLessThan(3_000);
    await until(() => reading.disconnects.length > 0, 'the end');
    expect(reading.disconnects).toEqual(['transport close']);
  });
});
