import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { type Answer, Caller } from './call-endpoint.js';
import type { Resolve } from './public-addresses.js';

const servers: Server[] = [];
const sockets = new Set<Socket>();
const callers: Caller[] = [];

afterEach(() => {
  for (const socket of sockets) socket.destroy();
});
afterAll(() => {
  for (const caller of callers) caller.close();
  for (const server of servers) server.close();
});

/** Somebody who does what he likes with a connection. */
async function stranger(treat: (socket: Socket) => void): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    treat(socket);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

function caller({
  allowPrivate = true,
  timeoutMs = 1_000,
  resolve = async () => ['127.0.0.1'],
}: {
  allowPrivate?: boolean;
  timeoutMs?: number;
  resolve?: Resolve;
} = {}) {
  const made = new Caller({ allowPrivate, timeoutMs, resolve });
  callers.push(made);
  return made;
}

const call = (by: Caller, url: string, signal = new AbortController().signal): Promise<Answer> =>
  by.call({ url, headers: { 'webhook-id': 'e' }, body: '{}', signal });
const answerWith = (text: string) => stranger((socket) => socket.once('data', () => socket.write(text)));

describe('an endpoint that is a stranger', () => {
  const trickle = (first: string, more: string) =>
    stranger((socket) =>
      socket.once('data', () => {
        socket.write(first);
        const timer = setInterval(() => socket.write(more), 20);
        socket.on('close', () => clearInterval(timer));
      }),
    );

  test.each([
    ['answers nothing', () => stranger(() => {}), null, 'no answer within 0.4 s'],
    ['drips a header a letter at a time', () => trickle('HTTP/1.1 200 OK\r\nx: ', 'a'), null, 'no answer within 0.4 s'],
    ['sends 100 Continue for ever', () => trickle('', 'HTTP/1.1 100 Continue\r\n\r\n'), null, 'no answer within 0.4 s'],
    [
      'sends headers without an end',
      () => answerWith(`HTTP/1.1 200 OK\r\n${`x: ${'a'.repeat(2_000)}\r\n`.repeat(20)}`),
      null,
      'the head of its answer is too long',
    ],
    [
      'sends very many headers',
      () => answerWith(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(10_000)}\r\n`),
      null,
      'the head of its answer is too long',
    ],
    ['sends what is no HTTP', () => answerWith('SSH-2.0-OpenSSH_9.2\r\n'), null, /^its answer is not HTTP \(HPE_/],
    [
      'hangs up at once',
      () => stranger((socket) => socket.destroy()),
      null,
      'the connection was closed without an answer',
    ],
    [
      'hangs up in the middle of its head',
      () => stranger((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nx:'))),
      null,
      'the connection was closed without an answer',
    ],
    [
      'wants to speak something else',
      () => answerWith('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      null,
      'the connection was closed without an answer',
    ],
    [
      'answers with an error',
      () => answerWith('HTTP/1.1 500 Oops\r\ncontent-length: 6\r\n\r\nsecret'),
      500,
      'answered 500',
    ],
    [
      'sends somewhere else',
      () => answerWith('HTTP/1.1 307 x\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n'),
      307,
      /redirects are not followed/,
    ],
    [
      'answers with a status of its own',
      () => answerWith('HTTP/1.1 999 x\r\ncontent-length: 0\r\n\r\n'),
      999,
      'answered 999',
    ],
  ] as const)('that %s has failed, in good time', async (_what, open, status, error) => {
    const { port } = await open();
    const startedAt = performance.now();
    const answer = await call(caller({ timeoutMs: 400 }), `http://example.com:${port}/`);
    expect(answer).toMatchObject({ status, error: typeof error === 'string' ? error : expect.stringMatching(error) });
    expect(performance.now() - startedAt).toBeLessThan(1_400);
  });

  test('that has taken it may go on talking: nobody listens for longer than a second, or to more than 64 KiB', async () => {
    let written = 0;
    let gone = Promise.resolve();
    const { port } = await stranger((socket) => {
      gone = once(socket, 'close').then(() => {});
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
        const timer = setInterval(() => {
          written += 16_384;
          socket.write(`4000\r\n${'x'.repeat(16_384)}\r\n`);
        }, 5);
        socket.on('close', () => clearInterval(timer));
      });
    });
    expect(await call(caller(), `http://example.com:${port}/`)).toMatchObject({ status: 200, error: null });
    await gone;
    expect(written).toBeLessThan(1_048_576);
    const dripping = await stranger((socket) => {
      gone = once(socket, 'close').then(() => {});
      socket.once('data', () =>
        socket.write('HTTP/1.1 204 OK\r\ntransfer-encoding: chunked\r\n\r\n'.replace('204', '200')),
      );
    });
    const startedAt = performance.now();
    expect(await call(caller({ timeoutMs: 5_000 }), `http://example.com:${dripping.port}/`)).toMatchObject({
      status: 200,
      error: null,
    });
    await gone;
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  test('that answers at once and then drips has no more connections than calls: each is gone when its call is over', async () => {
    const { port } = await trickle('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\nx\r\n');
    const by = caller({ timeoutMs: 5_000 });
    const answer = await call(by, `http://example.com:${port}/`);
    expect(answer).toMatchObject({ status: 200, error: null });
    expect(answer.durationMs).toBeLessThan(900);
    await vi.waitFor(() => expect(sockets.size).toBe(0), { timeout: 300 });
  });

  test('that speaks no TLS, or nobody vouches for, has failed', async () => {
    const garbage = await stranger((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await call(caller(), `https://example.com:${garbage.port}/`)).toMatchObject({
      status: null,
      error: expect.stringMatching(/^no TLS connection could be made/),
    });
    const silent = await stranger(() => {});
    expect(await call(caller({ timeoutMs: 300 }), `https://example.com:${silent.port}/`)).toMatchObject({
      error: 'no answer within 0.3 s',
    });
  });

  test('where nobody listens, or whose name is unknown or hangs, has failed', async () => {
    expect(await call(caller(), 'http://example.com:1/')).toMatchObject({ error: 'the connection was refused' });
    const unknown: Resolve = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    expect(await call(caller({ resolve: unknown }), 'http://example.com/')).toMatchObject({
      error: 'its name is not known',
    });
    const never: Resolve = () => new Promise(() => {});
    expect(await call(caller({ resolve: never, timeoutMs: 200 }), 'http://example.com/')).toMatchObject({
      error: 'no answer within 0.2 s',
    });
  });

  test('that closed a connection which was kept is called again on a new one', async () => {
    const { port, connections } = await stranger((socket) => {
      let answered = false;
      socket.on('data', (chunk) => {
        if (!chunk.toString().startsWith('POST')) return;
        // The second request on a connection finds it closed.
        if (answered) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n');
        answered = true;
      });
    });
    const by = caller();
    for (let i = 0; i < 3; i++) expect(await call(by, `http://example.com:${port}/`)).toMatchObject({ status: 200 });
    expect(connections()).toBeGreaterThan(1);
  });

  test('the program stops: what is under way is broken off, and says nothing about the endpoint', async () => {
    const { port } = await stranger(() => {});
    const stopping = new AbortController();
    const calling = call(caller({ timeoutMs: 60_000 }), `http://example.com:${port}/`, stopping.signal);
    setTimeout(() => stopping.abort(), 50);
    await expect(calling).rejects.toThrow(/abort/i);
  });
});

describe('an address within somebody\u2019s network', () => {
  const literals = [
    ...[
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '127.0.0.1.',
      '0.0.0.0',
      '0',
      '10.0.0.1',
      '172.16.0.1',
    ],
    ...['192.168.0.1', '169.254.169.254', '100.64.0.1', '198.18.0.1', '224.0.0.1', '255.255.255.255'],
    ...[
      '[::]',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::127.0.0.1]',
      '[64:ff9b::7f00:1]',
      '[64:ff9b:1::7f00:1]',
    ],
    ...['[2002:7f00:1::]', '[2001:0:1::1]', '[fe80::1]', '[fc00::1]', '[fd00::1]', '[ff02::1]', '[fec0::1]'],
  ];
  const resolved = [
    ...[
      '127.0.0.1',
      '127.8.8.8',
      '0.0.0.0',
      '10.0.0.1',
      '169.254.169.254',
      '192.168.1.1',
      '100.64.0.1',
      '::',
      '::1',
      '::127.0.0.1',
    ],
    ...[
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '64:ff9b::127.0.0.1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      'fe80::1',
      'fe80::1%lo',
      'fd00::1',
      'ff02::1',
      '',
    ],
  ];

  test('is never connected to: thirty literals, twenty that names stand for', async () => {
    const { port, connections } = await stranger((socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
    );
    for (const literal of literals) {
      const answer = await call(caller({ allowPrivate: false }), `http://${literal}:${port}/`);
      expect([literal, answer]).toEqual([
        literal,
        expect.objectContaining({
          status: null,
          error:
            'the URL must not be a private address, unless WEBHOOK_ALLOW_PRIVATE=on is set for gateways and workers',
        }),
      ]);
    }
    for (const address of resolved) {
      for (const addresses of [[address], ['93.184.216.34', address]]) {
        const by = caller({ allowPrivate: false, resolve: async () => addresses });
        expect([addresses, await call(by, `http://example.com:${port}/`)]).toEqual([
          addresses,
          expect.objectContaining({ status: null, error: 'not called: the name stands for a private address' }),
        ]);
      }
    }
    expect(literals.length).toBe(30);
    expect(connections()).toBe(0);
    // The listener can be reached: it is the rule that holds calls back.
    expect(await call(caller(), `http://127.0.0.1:${port}/`)).toMatchObject({ status: 200 });
    expect(connections()).toBe(1);
  });

  test('is not reached by a name that stands for another one the next time: it is asked once for a connection, and what was judged is called', async () => {
    const { port, connections } = await stranger((socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
    );
    let asked = 0;
    // Nobody listens at the first: whoever asks again finds the listener.
    const turning: Resolve = async () => (asked++ === 0 ? ['127.0.0.2'] : ['127.0.0.1']);
    expect(await call(caller({ resolve: turning }), `http://example.com:${port}/`)).toMatchObject({
      error: 'the connection was refused',
    });
    expect([asked, connections()]).toEqual([1, 0]);
    // It was public a moment ago.
    expect(await call(caller({ allowPrivate: false, resolve: turning }), `http://example.com:${port}/`)).toMatchObject({
      error: 'not called: the name stands for a private address',
    });
    expect([asked, connections()]).toEqual([2, 0]);
  });

  test('cannot be smuggled in by a URL that was stored before: user names, other schemes', async () => {
    for (const url of [
      'ftp://example.com/',
      'http://a:b@example.com/',
      'file:///etc/passwd',
      'nonsense',
      'unix:/tmp/x',
    ]) {
      expect(await call(caller(), url)).toMatchObject({ status: null, error: expect.stringMatching(/^the URL must /) });
    }
  });
});
