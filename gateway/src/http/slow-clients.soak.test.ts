import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  gatewayToken,
  openScratch,
  type Program,
  type Scratch,
  startEngine,
  startGateway,
} from '../testing/scratch.js';

/** Of four kinds; whoever is cut off comes again at once. */
const slowClients = Number(process.env.SOAK_SLOW_CLIENTS ?? 1_000);
/** Payments come when they come, whether those before are answered or not. */
const paymentsPerSecond = Number(process.env.SOAK_PAYMENTS_PER_SECOND ?? 200);
/** With the slow clients and without them by turns. */
const turns = 6;
/** Within which most of them are cut off, and come again. */
const turnMs = 14_000;
/** Until the slow ones have come, or gone. */
const settleMs = 2_000;
const p99RatioMax = 1.5;
/**
 * A connection that waits, its parser, and what the kernel did not take of an answer; and what a young process grows by itself
 * meanwhile, which is most of it.
 */
const kbEachMax = 200;

let scratch: Scratch;
let engine: Program;
let gateway: Program & { url: string };
let wallets: string[];
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

beforeAll(async () => {
  scratch = await openScratch();
  engine = startEngine(scratch, 'engine-1');
  engine.process.stdout?.resume();
  gateway = await startGateway(scratch, async (url) => (await fetch(`${url}/health/ready`)).status === 200);
  gateway.process.stdout?.resume();
  wallets = await Promise.all(Array.from({ length: 200 }, funded));
});
afterAll(async () => {
  agent.destroy();
  await gateway?.stop();
  await engine?.stop();
  await scratch?.database.drop();
});

async function post(path: string, body: unknown): Promise<{ walletId: string }> {
  const headers = { authorization: `Bearer ${gatewayToken}`, 'content-type': 'application/json' };
  const sent = request(gateway.url + path, {
    ...{ agent, method: 'POST', headers: { ...headers, 'idempotency-key': randomUUID() } },
  });
  sent.end(JSON.stringify(body));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  expect([path, response.statusCode]).toEqual([path, 201]);
  return JSON.parse(text);
}

async function funded(): Promise<string> {
  const { walletId } = await post('/api/wallets', { currency: 'EUR', status: 'ACTIVE' });
  await post(`/api/wallets/${walletId}/deposits`, { amount: '1000000', currency: 'EUR' });
  return walletId;
}

/** For so long. Returns how long each payment took. */
async function pay(ms: number): Promise<number[]> {
  const took: number[] = [];
  const open: Promise<void>[] = [];
  const begunMs = performance.now();
  const one = async (i: number) => {
    const sentMs = performance.now();
    const [senderWalletId, receiverWalletId] = [wallets[i % 200], wallets[(i + 1) % 200]];
    await post('/api/payments', { senderWalletId, receiverWalletId, amount: '2.50', currency: 'EUR' });
    took.push(performance.now() - sentMs);
  };
  for (let elapsedMs = 0; elapsedMs < ms; elapsedMs = performance.now() - begunMs) {
    while (open.length < (elapsedMs / 1_000) * paymentsPerSecond) open.push(one(open.length));
    await sleep(2);
  }
  await Promise.all(open);
  return took;
}

/** What each kind begins with, and goes on with once a second. */
const kinds: [begin: string, goOn: string][] = [
  ['', ''],
  ['GET /api/wallets HTTP/1.1\r\nHost: gateway\r\nX: ', 'x'],
  [
    `POST /api/payments HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer ${gatewayToken}\r\nIdempotency-Key: slow\r\n` +
      'Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{"a":"',
    'x'.repeat(100),
  ],
  // And takes nothing of it.
  ['GET /api/docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: gateway\r\n\r\n', ''],
];

function slow(): { stop(): void } {
  const { hostname, port } = new URL(gateway.url);
  const sockets = new Set<Socket>();
  let over = false;
  const come = (i: number) => {
    const [begin, goOn] = kinds[i % kinds.length] as [string, string];
    const socket = connect(Number(port), hostname, () => socket.write(begin));
    socket.on('error', () => {}).pause();
    sockets.add(socket);
    const dripping = setInterval(() => goOn && socket.writable && socket.write(goOn), 1_000);
    socket.once('close', () => {
      clearInterval(dripping);
      sockets.delete(socket);
      if (!over) come(i);
    });
  };
  for (let i = 0; i < slowClients; i++) come(i);
  return {
    stop() {
      over = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function memoryMb(): Promise<number> {
  const status = await readFile(`/proc/${gateway.process.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
}

function p99(took: number[]): number {
  return took.toSorted((a, b) => a - b)[Math.floor(0.99 * (took.length - 1))] as number;
}

it('slow clients neither hold up payments nor fill the memory', async () => {
  await pay(10_000);
  const p99s: Record<'with' | 'without', number[]> = { with: [], without: [] };
  const beforeMb = await memoryMb();
  let mostMb = 0;
  for (let turn = 0; turn < turns; turn++) {
    const clients = turn % 2 === 0 ? slow() : null;
    await sleep(settleMs);
    p99s[clients ? 'with' : 'without'].push(p99(await pay(turnMs)));
    mostMb = Math.max(mostMb, await memoryMb());
    clients?.stop();
  }
  const median = (list: number[]) => list.toSorted((a, b) => a - b)[list.length >> 1] as number;
  const ratio = median(p99s.with) / median(p99s.without);
  const said = (list: number[]) => list.map((ms) => ms.toFixed(1)).join(' ');
  console.info(
    `${slowClients} slow clients: p99 with ${said(p99s.with)} ms, without ${said(p99s.without)} ms: ${ratio.toFixed(2)} x; ` +
      `memory +${(mostMb - beforeMb).toFixed(0)} MB on ${beforeMb.toFixed(0)}`,
  );
  expect(ratio).toBeLessThanOrEqual(p99RatioMax);
  expect((mostMb - beforeMb) * 1_024).toBeLessThan(slowClients * kbEachMax);
});
