import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { bodyBytesMax } from '@smart-wallet/engine/contract/limits.js';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { publicBodyBytesMax } from '../request-hooks.js';
import { recorded } from '../testing/fake-owner.js';
import { claimAll, startTestApp, type TestEngine, testToken } from '../testing/test-app.js';
import { bodyBytesAtFirst } from './body-budget.js';

let http: FastifyInstance;
let engine: TestEngine;
let close: () => Promise<void>;
let port: number;

beforeAll(async () => {
  ({ http, engine, close } = await startTestApp({ bodyBytesMax: 2 * bodyBytesMax }));
  await http.listen({ port: 0, host: '127.0.0.1' });
  port = (http.server.address() as { port: number }).port;
});
afterAll(() => close());
beforeEach(() => {
  claimAll(engine);
  engine.decide = (command) => ({ outcome: 'RECORDED', transaction: recorded(command), replayed: false });
});

let keys = 0;
const body = JSON.stringify({
  ...{ senderWalletId: '11111111-1111-4111-8111-111111111111', amount: '1', currency: 'EUR' },
  receiverWalletId: '22222222-2222-4222-8222-222222222222',
});
const pay = (headers: Record<string, string> = {}) =>
  http.inject({
    method: 'POST',
    url: '/api/payments',
    payload: body,
    headers: {
      authorization: `Bearer ${testToken}`,
      'content-type': 'application/json',
      'idempotency-key': `key-${++keys}`,
      ...headers,
    },
  });

let sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
});

/** Sends a head that announces a large body, and waits until it is told to go on with it, or not to. */
async function begin(line: string, sent = 0): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  const head = ['POST /api/payments HTTP/1.1', 'Host: x', `Authorization: Bearer ${testToken}`, 'Idempotency-Key: k'];
  socket.write([...head, 'Content-Type: application/json', 'Expect: 100-continue', line, '', ''].join('\r\n'));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket
    .on('error', () => {})
    .write(line.startsWith('T') ? `${sent.toString(16)}\r\n${'x'.repeat(sent)}` : 'x'.repeat(sent));
  return answer.toString('latin1').slice(9, 12);
}

it.each([
  ['announced', `Content-Length: ${bodyBytesMax}`],
  ['of unknown length', 'Transfer-Encoding: chunked'],
])(
  'bodies %s are bounded in bytes as they arrive: one for which there is no room any more is not read on',
  async (_, line) => {
    const begun = await Promise.all([1, 2, 3].map(() => begin(line, Math.floor(bodyBytesMax * 0.9))));
    expect(begun).toEqual(['100', '100', '100']);
    await vi.waitUntil(() => sockets.some((socket) => socket.destroyed), { timeout: 10_000 });
    expect(sockets.filter((socket) => !socket.destroyed)).toHaveLength(2);
    expect((await pay()).statusCode).toBe(201);
  },
);

it('what is only announced takes little room, and gives it back', async () => {
  const room = (2 * bodyBytesMax) / bodyBytesAtFirst;
  await Promise.all(Array.from({ length: room - 1 }, () => begin(`Content-Length: ${bodyBytesMax}`)));
  expect((await pay()).statusCode).toBe(201);
  await begin(`Content-Length: ${bodyBytesMax}`);
  const refused = await pay();
  expect([refused.statusCode, refused.json().code]).toEqual([503, 'OVERLOADED']);
  expect(refused.headers['retry-after']).toBeDefined();
  // Reading needs no room.
  expect((await http.inject({ method: 'GET', url: '/health/live' })).statusCode).toBe(200);
  for (const socket of sockets) socket.destroy();
  await vi.waitUntil(async () => (await pay()).statusCode === 201, { timeout: 10_000 });
});

it('who shows no token holds no more room than a sign-in needs', async () => {
  const send = (url: string, bytes: number, headers: Record<string, string> = {}) =>
    http.inject({
      method: 'POST',
      url,
      payload: 'x'.repeat(bytes),
      headers: { 'content-type': 'application/json', ...headers },
    });
  for (const url of ['/api/auth/sessions', '/api/auth/sessions/refresh']) {
    const refused = await send(url, publicBodyBytesMax + 1);
    expect([url, refused.statusCode, refused.json().detail]).toEqual([url, 413, 'The body is larger than 8 KiB.']);
    expect([url, (await send(url, publicBodyBytesMax)).statusCode]).toEqual([url, 400]);
  }
  // In pieces as well, of which nobody said how many come.
  const socket = await chunked('/api/auth/sessions', publicBodyBytesMax + 1);
  expect(String((await once(socket, 'data'))[0])).toContain('413');
  socket.destroy();
  expect(
    (await send('/api/payments', publicBodyBytesMax + 1, { authorization: `Bearer ${testToken}` })).statusCode,
  ).toBe(400);
});

async function chunked(path: string, bytes: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const head = [`POST ${path} HTTP/1.1`, 'Host: x', 'Content-Type: application/json', 'Transfer-Encoding: chunked'];
  socket.write([...head, '', bytes.toString(16), 'x'.repeat(bytes), ''].join('\r\n'));
  return socket;
}

it('an answered body has given its room back, whatever the answer was', async () => {
  const large = JSON.stringify({ metadata: 'x'.repeat(bodyBytesMax - 100) });
  for (let i = 0; i < 5; i++) {
    const headers = {
      authorization: `Bearer ${testToken}`,
      'content-type': 'application/json',
      'idempotency-key': 'k',
    };
    const { statusCode } = await http.inject({ method: 'POST', url: '/api/payments', payload: large, headers });
    expect(statusCode).toBe(400);
  }
});
