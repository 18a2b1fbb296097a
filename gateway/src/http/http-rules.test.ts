import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, testToken } from '../testing/test-app.js';

// As bytes on a connection: clients would tidy it up.

let http: FastifyInstance;
let close: () => Promise<void>;
let port: number;

beforeAll(async () => {
  ({ http, close } = await startTestApp());
  await http.listen({ port: 0, host: '127.0.0.1' });
  port = (http.server.address() as { port: number }).port;
});
afterAll(() => close());

interface RawAnswer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every shape
  body: any;
}

async function ask(target: string, lines: string[], version = '1.1', method = 'GET'): Promise<RawAnswer> {
  const request = [`${method} ${target} HTTP/${version}`, ...lines, 'Connection: close', '', ''].join('\r\n');
  const socket = connect(port, '127.0.0.1', () => socket.write(request));
  const answer = await text(socket);
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  return { status: Number(answer.split(' ')[1]), body: body.startsWith('{') ? JSON.parse(body) : body };
}

const host = 'Host: gateway.test';
const bearer = `Authorization: Bearer ${testToken}`;

describe('an address in absolute form', () => {
  it.each([
    ['http://gateway.test/health/live', 200],
    ['HTTP://other.test:8080/health/live?a=b', 200],
    ['https://[::1]:3000/health/live', 200],
    ['http://gateway.test/metrics', 200],
    ['http://gateway.test/api/docs-json', 200],
    ['http://gateway.test', 302],
    ['http://gateway.test?x=1', 302],
    ['http://gateway.test/api/wallets', 401],
    ['http://gateway.test/nothing', 404],
  ])('%s is answered like its path: %i', async (target, status) => {
    expect((await ask(target, [host])).status).toBe(status);
  });

  it.each(['ftp://gateway.test/health/live', 'http:///health/live', 'http://a@b/health/live', 'urn:x'])(
    'that is none of ours is 400: %s',
    async (target) => {
      const { status, body } = await ask(target, [host]);
      expect([status, body.code]).toEqual([400, 'MALFORMED_REQUEST']);
    },
  );
});

describe('the Host header', () => {
  it.each<[string, string[]]>([
    ['twice', [host, 'Host: other.test']],
    ['twice alike', [host, host]],
    ['missing', []],
    ['with a space', ['Host: a b']],
    ['with a path', ['Host: gateway.test/api']],
    ['as a list', ['Host: a, b']],
  ])('%s is 400 with a problem', async (_, lines) => {
    const { status, body } = await ask('/health/live', lines);
    expect([status, body.code]).toEqual([400, 'MALFORMED_REQUEST']);
    expect(body.detail).toMatch(/Host/);
  });

  it('may be missing in HTTP/1.0, and may be empty', async () => {
    expect((await ask('/health/live', [], '1.0')).status).toBe(200);
    expect((await ask('/health/live', ['Host:'])).status).toBe(200);
  });

  it('twice is 400 for an address in absolute form as well', async () => {
    expect((await ask('http://gateway.test/health/live', [host, host])).status).toBe(400);
  });
});

describe('headers that come once', () => {
  it.each<[string, string[]]>([
    ['Authorization', [bearer, bearer]],
    ['Authorization', ['Authorization: Bearer x', bearer]],
    ['Content-Length', [bearer, 'Content-Length: 2', 'Content-Length: 3']],
  ])('%s twice is 400', async (_, lines) => {
    const { status, body } = await ask('/api/wallets', [host, ...lines]);
    expect([status, body.code]).toEqual([400, 'MALFORMED_REQUEST']);
  });

  it('Idempotency-Key twice is 400, quoted or not', async () => {
    for (const keys of [
      ['Idempotency-Key: a', 'Idempotency-Key: b'],
      ['Idempotency-Key: "a"', 'Idempotency-Key: "a"'],
    ]) {
      const lines = [host, bearer, ...keys, 'Content-Type: application/json', 'Content-Length: 2'];
      const request = `POST /api/payments HTTP/1.1\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n{}`;
      const socket = connect(port, '127.0.0.1', () => socket.write(request));
      const answer = await text(socket);
      expect(answer).toMatch(/^HTTP\/1\.1 400 .*"field":"Idempotency-Key"/s);
    }
  });

  it('a token after two spaces, or any scheme\u2019s case, is read', async () => {
    for (const line of [`Authorization: Bearer  ${testToken}`, `Authorization: bEARER   ${testToken}  `]) {
      expect((await ask('/api/nothing-here', [host, line])).status).toBe(404);
      // Postgres is away: whoever gets so far was let in.
      expect((await ask('/api/wallets', [host, line])).status).toBe(503);
    }
  });
});

describe('a problem before any route is found', () => {
  it('has a trace id at *, too', async () => {
    const { status, body } = await ask('*', [host]);
    expect([status, body.code, body.traceId]).toEqual([
      404,
      'ROUTE_NOT_FOUND',
      expect.stringMatching(/^[0-9a-f]{32}$/),
    ]);
  });

  it('does not stand in the way of an expectation that nobody knows', async () => {
    expect((await ask('/health/live', [host, 'Expect: something'])).status).toBe(200);
    expect((await ask('/nothing', [host, 'Expect: something'])).body.code).toBe('ROUTE_NOT_FOUND');
  });

  it('answers CONNECT', async () => {
    const { status, body } = await ask('/api/wallets', [host], '1.1', 'CONNECT');
    expect([status, body.code]).toEqual([400, 'MALFORMED_REQUEST']);
  });
});
