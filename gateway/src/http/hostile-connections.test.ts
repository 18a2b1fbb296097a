import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimAll, startTestApp, type TestEngine, testToken } from '../testing/test-app.js';
import { headersMax, requestsUnansweredMax, targetCharsMax } from './connection-limits.js';

// As bytes on a connection, with times that a test can wait for.

const timeouts = { headersMs: 300, requestMs: 700, checkedEveryMs: 50, keepAliveMs: 400, silentMs: 1_000 };
const connections = { connectionsMax: 40, perAddressMax: 30 };

let http: FastifyInstance;
let engine: TestEngine;
let close: () => Promise<void>;
let port: number;
const warnings: Record<string, unknown>[] = [];
const sockets: Socket[] = [];

beforeAll(async () => {
  const log = pino({ level: 'warn' }, { write: (line: string) => warnings.push(JSON.parse(line)) });
  ({ http, engine, close } = await startTestApp({ log, timeouts, connections }));
  claimAll(engine);
  await http.listen({ port: 0, host: '127.0.0.1' });
  port = (http.server.address() as { port: number }).port;
});
afterAll(() => close());
beforeEach(() => {
  engine.seen.length = 0;
  warnings.length = 0;
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await until(async () => (await connectionCount()) === 0, 'all connections are closed');
});

const connectionCount = () =>
  new Promise<number>((resolve, reject) =>
    http.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );

async function until(is: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let waitedMs = 0; !(await is()); waitedMs += 10) {
    if (waitedMs > 10_000) throw new Error(`never: ${what}`);
    await sleep(10);
  }
}

function open(): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  sockets.push(socket);
  return socket;
}

const drained = (socket: Socket) =>
  once(socket, 'drain').then(
    () => true,
    () => false,
  );
const head = (line: string, ...lines: string[]) => [line, 'Host: gateway.test', ...lines, '', ''].join('\r\n');
const bearer = `Authorization: Bearer ${testToken}`;
const json = 'Content-Type: application/json';

/** What comes back until the connection ends. */
async function exchange(bytes: string): Promise<string> {
  const socket = open();
  socket.write(bytes, 'latin1');
  return text(socket).catch(() => '');
}
const statuses = (answer: string) => [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
const codes = (answer: string) => [...answer.matchAll(/"code":"(\w+)"/g)].map(([, code]) => code);

describe('a slow client is given up', () => {
  it('that sends nothing at all', async () => {
    const from = performance.now();
    const answer = await exchange('');
    expect(performance.now() - from).toBeLessThan(timeouts.requestMs);
    expect(codes(answer)).toEqual(['REQUEST_TIMEOUT']);
  });

  it('that sends its headers byte by byte, however steadily', async () => {
    const socket = open();
    const answer = text(socket);
    const from = performance.now();
    const drip = setInterval(() => socket.writable && socket.write('X'), 20);
    socket.write('GET /health/live HTTP/1.1\r\nHost: gateway.test\r\nX: ');
    expect(codes(await answer)).toEqual(['REQUEST_TIMEOUT']);
    clearInterval(drip);
    expect(performance.now() - from).toBeLessThan(timeouts.requestMs);
  });

  it.each([
    ['with a length', 'Content-Length: 100000', 'x'],
    ['in chunks', 'Transfer-Encoding: chunked', '1\r\nx\r\n'],
  ])('that sends its body byte by byte, %s', async (_, form, drop) => {
    const socket = open();
    const answer = text(socket);
    socket.write(head('POST /api/payments HTTP/1.1', bearer, json, form));
    const drip = setInterval(() => socket.writable && socket.write(drop), 20);
    expect(statuses(await answer)).toEqual([408]);
    clearInterval(drip);
    expect(engine.seen).toEqual([]);
  });

  it('that has no token, before its body is there', async () => {
    const socket = open();
    const answer = text(socket);
    socket.write(head('POST /api/payments HTTP/1.1', json, 'Content-Length: 100000'));
    const drip = setInterval(() => socket.writable && socket.write('x'), 20);
    expect(statuses(await answer)[0]).toBe(401);
    clearInterval(drip);
  });

  it('that asks and takes nothing of a long answer', async () => {
    const socket = open();
    socket.pause();
    socket.write(head('GET /api/docs/swagger-ui-bundle.js HTTP/1.1').repeat(20));
    await until(async () => (await connectionCount()) === 1, 'it is connected');
    await until(async () => (await connectionCount()) === 0, 'it is given up');
  });

  it('that comes back for nothing', async () => {
    const socket = open();
    const answer = text(socket);
    socket.write(head('GET /health/live HTTP/1.1'));
    expect(statuses(await answer)).toEqual([200]);
  });
});

describe('one connection', () => {
  it('gets its answers in the order of its requests', async () => {
    const asks = ['/health/live', '/api/nothing', '/api/wallets', '/health/live'].map((url) =>
      head(`GET ${url} HTTP/1.1`),
    );
    const last = head('GET /api/problems/none HTTP/1.1', 'Connection: close');
    expect(statuses(await exchange(asks.join('') + last))).toEqual([200, 404, 401, 200, 404]);
  });

  it('that brings more requests than may wait for their answers is cut, and the others go on', async () => {
    engine.decide = () => null;
    const body = JSON.stringify({
      ...{ senderWalletId: '11111111-1111-4111-8111-111111111111', amount: '1', currency: 'EUR' },
      receiverWalletId: '22222222-2222-4222-8222-222222222222',
    });
    const ask = (i: number) =>
      head(
        'POST /api/payments HTTP/1.1',
        bearer,
        json,
        `Idempotency-Key: pipelined-${i}`,
        `Content-Length: ${body.length}`,
      ) + body;
    await exchange(Array.from({ length: 10 * requestsUnansweredMax }, (_, i) => ask(i)).join(''));
    // What was under way when it ended may have been sent; none of the hundreds behind it.
    expect(engine.seen.length).toBeLessThanOrEqual(requestsUnansweredMax + 1);
    expect(statuses(await exchange(head('GET /health/live HTTP/1.1', 'Connection: close')))).toEqual([200]);
  });

  it('that brings requests and takes no answers is not read any further', async () => {
    const socket = open();
    socket.pause();
    const asks = head('GET /api/docs HTTP/1.1').repeat(1_000);
    let taken = 0;
    for (let i = 0; i < 200 && socket.writable; i++) {
      if (socket.write(asks)) taken += 1;
      // To end the connection is to read no further, too.
      else if (!(await Promise.race([drained(socket), sleep(200, false)]))) break;
      else taken += 1;
    }
    expect(taken).toBeLessThan(200);
  });
});

describe('connections are bounded', () => {
  it('those of one address, and the log says so once', async () => {
    const all = Array.from({ length: connections.perAddressMax + 15 }, open);
    const ended = all.slice(connections.perAddressMax).map((socket) => once(socket, 'close'));
    await Promise.all(ended);
    expect(all.filter(({ closed }) => closed)).toHaveLength(15);
    expect(await connectionCount()).toBeLessThanOrEqual(connections.perAddressMax);
    expect(warnings.filter(({ msg }) => String(msg).includes('GATEWAY_CONNECTIONS_PER_ADDRESS_MAX'))).toHaveLength(1);
    // They count no more once they are closed.
    for (const socket of all) socket.destroy();
    await until(async () => (await connectionCount()) === 0, 'all are closed');
    expect(statuses(await exchange(head('GET /health/live HTTP/1.1', 'Connection: close')))).toEqual([200]);
  });
});

describe('what two readers could read in two ways is refused', () => {
  const smuggled = 'GET /api/wallets HTTP/1.1\r\nHost: gateway.test\r\n\r\n';
  it.each<[string, string]>([
    [
      'a length and chunks',
      `${head('POST /api/payments HTTP/1.1', 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`,
    ],
    [
      'chunks and a length',
      `${head('POST /api/payments HTTP/1.1', 'Transfer-Encoding: chunked', 'Content-Length: 5')}0\r\n\r\n${smuggled}`,
    ],
    [
      'two lengths',
      head('POST /api/payments HTTP/1.1', 'Content-Length: 0', `Content-Length: ${smuggled.length}`) + smuggled,
    ],
    ['a list of lengths', head('POST /api/payments HTTP/1.1', `Content-Length: 0, ${smuggled.length}`) + smuggled],
    ['a length with a sign', head('POST /api/payments HTTP/1.1', `Content-Length: +${smuggled.length}`) + smuggled],
    ['a length in hexadecimal', head('POST /api/payments HTTP/1.1', 'Content-Length: 0x10') + smuggled],
    ['a negative length', head('POST /api/payments HTTP/1.1', 'Content-Length: -1') + smuggled],
    [
      'chunks that are not last',
      `${head('POST /api/payments HTTP/1.1', 'Transfer-Encoding: chunked, identity')}0\r\n\r\n${smuggled}`,
    ],
    ['an unknown coding', `${head('POST /api/payments HTTP/1.1', 'Transfer-Encoding: xchunked')}0\r\n\r\n${smuggled}`],
    [
      'a coding behind a tab',
      `${head('POST /api/payments HTTP/1.1', 'Transfer-Encoding:\x0bchunked')}0\r\n\r\n${smuggled}`,
    ],
    [
      'a space before the colon',
      `${head('POST /api/payments HTTP/1.1', 'Transfer-Encoding : chunked')}0\r\n\r\n${smuggled}`,
    ],
    ['a folded header', `${head('POST /api/payments HTTP/1.1', 'Transfer-Encoding:', ' chunked')}0\r\n\r\n${smuggled}`],
    ['a bare line feed', `POST /api/payments HTTP/1.1\nHost: gateway.test\nContent-Length: 0\n\n${smuggled}`],
    [
      'a bare carriage return',
      `GET /health/live HTTP/1.1\r\nHost: gateway.test\r\nX: a\rContent-Length: 5\r\n\r\n${smuggled}`,
    ],
    ['a null in a header', head('GET /health/live HTTP/1.1', 'X: a\0b') + smuggled],
    [
      'a chunk whose size is too long',
      `${head('POST /api/payments HTTP/1.1', 'Transfer-Encoding: chunked')}fffffffffffffffff\r\n`,
    ],
    [
      'a chunk that is longer than it says',
      head('POST /api/payments HTTP/1.1', bearer, json, 'Transfer-Encoding: chunked') +
        `1\r\nxx\r\n0\r\n\r\n${smuggled}`,
    ],
    ['a preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ])('%s', async (_, bytes) => {
    const answer = await exchange(bytes);
    // Nothing behind it was taken for a request of its own; 401 is the refusal of the first, without its body.
    expect(answer).not.toContain('HTTP/1.1 200');
    expect(statuses(answer).length).toBeLessThanOrEqual(2);
    expect(statuses(answer).at(-1)).toBe(400);
    expect(codes(answer).at(-1)).toBe('MALFORMED_REQUEST');
  });
});

describe('the request line and the headers', () => {
  it.each(['TRACE', 'OPTIONS', 'PROPFIND', 'LINK', 'PURGE', 'SEARCH'])('%s does nothing anywhere', async (method) => {
    for (const target of ['/api/wallets', '/wallboard', '/', '*']) {
      const answer = await exchange(head(`${method} ${target} HTTP/1.1`, 'Cookie: secret', 'Connection: close'));
      expect([target, statuses(answer).length]).toEqual([target, 1]);
      expect([401, 404, 405, 400]).toContain(statuses(answer)[0]);
      // TRACE would say the request back.
      expect(answer).not.toContain('secret');
    }
  });

  it('CONNECT opens no tunnel', async () => {
    const answer = await exchange(head('CONNECT 127.0.0.1:5432 HTTP/1.1'));
    expect(answer).not.toContain(' 200 ');
  });

  it('a header that names another method changes nothing', async () => {
    const line = 'POST /api/auth/tokens/11111111-1111-4111-8111-111111111111?_method=DELETE HTTP/1.1';
    for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']) {
      const answer = await exchange(head(line, bearer, `${name}: DELETE`, 'Content-Length: 0', 'Connection: close'));
      expect([statuses(answer), codes(answer)]).toEqual([[405], ['METHOD_NOT_ALLOWED']]);
    }
  });

  it('a caller that asks before it sends its body is told at once that it may not', async () => {
    const ask = head('POST /api/payments HTTP/1.1', json, 'Content-Length: 1000000', 'Expect: 100-continue');
    const answer = await exchange(ask);
    expect(statuses(answer).filter((status) => status !== 100)[0]).toBe(401);
  });

  it('another expectation is nothing to it', async () => {
    expect(
      statuses(await exchange(head('GET /health/live HTTP/1.1', 'Expect: a-miracle', 'Connection: close'))),
    ).toEqual([200]);
  });

  it.each([
    [
      'the address',
      head(`GET /health/live?x=${'a'.repeat(targetCharsMax)} HTTP/1.1`, 'Connection: close'),
      414,
      'URI_TOO_LONG',
    ],
    ['all of it', head('GET /health/live HTTP/1.1', `X: ${'a'.repeat(17_000)}`), 431, 'HEADERS_TOO_LARGE'],
    [
      'the number of headers',
      head(
        'GET /health/live HTTP/1.1',
        'Connection: close',
        ...Array.from({ length: headersMax }, (_, i) => `X${i}: 1`),
      ),
      ...([431, 'HEADERS_TOO_LARGE'] as const),
    ],
    [
      // Node by itself drops the two-thousandth and those behind it without a word: a second token, say.
      'thousands of headers',
      head('GET /health/live HTTP/1.1', 'Connection: close', ...Array.from({ length: 2_500 }, () => 'a:')),
      ...([431, 'HEADERS_TOO_LARGE'] as const),
    ],
  ])('%s is bounded', async (_, bytes, status, code) => {
    const answer = await exchange(bytes);
    expect([statuses(answer), codes(answer)]).toEqual([[status], [code]]);
  });

  it('as many and as long as allowed are read', async () => {
    const lines = Array.from({ length: headersMax - 2 }, (_, i) => `X${i}: 1`);
    const path = '/health/live?x=';
    const target = path + 'a'.repeat(targetCharsMax - path.length);
    expect(statuses(await exchange(head(`GET ${target} HTTP/1.1`, 'Connection: close', ...lines)))).toEqual([200]);
  });
});
