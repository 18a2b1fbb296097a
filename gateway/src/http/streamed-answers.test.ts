import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { ProblemError } from './problem.js';
import { StreamedAnswers, streamsMax } from './streamed-answers.js';

const chunk = 'x'.repeat(64 * 1_024);

let app: FastifyInstance;
let streams: StreamedAnswers;
let mayRead = true;
let made = 0;
let ended = 0;
/** What was said of those that are over: was all of it handed over? */
let whole: boolean[] = [];

async function start(stalledMs: number, chunksMax = Infinity): Promise<number> {
  mayRead = true;
  streams = new StreamedAnswers(stalledMs, () => mayRead);
  made = 0;
  ended = 0;
  whole = [];
  const headOf = () => ({ contentType: 'text/plain', headers: {}, ended: (all: boolean) => whole.push(all) });
  app = Fastify({ forceCloseConnections: true });
  app.get('/long', (request, reply) => {
    const room = streams.take(request.raw);
    return streams.send(reply, room, headOf(), chunks(chunksMax));
  });
  app.get('/failing', (request, reply) => {
    const failing = async function* () {
      yield chunk;
      throw new Error('no more');
    };
    const room = streams.take(request.raw);
    return streams.send(reply, room, headOf(), failing());
  });
  app.setErrorHandler((error, _request, reply) => {
    void reply.code(error instanceof ProblemError ? 503 : 500).send('');
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return (app.server.address() as AddressInfo).port;
}
afterEach(() => app.close());

async function* chunks(max: number): AsyncGenerator<string> {
  try {
    while (made < max) {
      made++;
      yield chunk;
      await nextTurn();
    }
  } finally {
    ended++;
  }
}

function ask(port: number, method = 'GET'): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`${method} /long HTTP/1.1\r\nHost: x\r\n\r\n`);
  return socket;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

it('a client that stops reading stops the work: what is made is bounded, and goes on when it reads again', async () => {
  const socket = ask(await start(60_000));
  await once(socket, 'data');
  socket.pause();
  let before = -1;
  // Until nothing was made for a while: the sockets' buffers are full.
  for (let quiet = 0; quiet < 20; quiet = made === before ? quiet + 1 : 0) {
    before = made;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(made * chunk.length).toBeLessThan(32 * 1_024 * 1_024);
  socket.resume();
  await until(() => made > before + 100);
  socket.destroy();
  await until(() => streams.openCount === 0);
  expect(ended).toBe(1);
});

it('a client that takes nothing for long is given up', async () => {
  const socket = ask(await start(100));
  await once(socket, 'data');
  socket.pause();
  await until(() => streams.openCount === 0);
  socket.resume();
  await once(socket, 'close');
  expect(ended).toBe(1);
  expect(whole).toEqual([false]);
});

it('who leaves frees its place, and so does who has all', async () => {
  const port = await start(60_000);
  const socket = ask(port);
  await once(socket, 'data');
  expect(streams.openCount).toBe(1);
  socket.destroy();
  await until(() => streams.openCount === 0);
  expect(whole).toEqual([false]);
  await app.close();
  const answer = await fetch(`http://127.0.0.1:${await start(60_000, 5)}/long`);
  expect((await answer.text()).length).toBe(5 * chunk.length);
  await until(() => streams.openCount === 0);
  expect(whole).toEqual([true]);
});

it('only so many are under way at once', async () => {
  const port = await start(60_000);
  const sockets = Array.from({ length: streamsMax }, () => ask(port));
  await until(() => streams.openCount === streamsMax);
  expect((await fetch(`http://127.0.0.1:${port}/long`)).status).toBe(503);
  for (const socket of sockets) socket.destroy();
  await until(() => streams.openCount === 0);
});

it('one that fails is broken off, never ended as if it were whole', async () => {
  const port = await start(60_000);
  const response = await fetch(`http://127.0.0.1:${port}/failing`).catch(() => null);
  await expect(response?.text() ?? Promise.reject(new Error('broken off'))).rejects.toThrow();
  await until(() => streams.openCount === 0);
  expect(whole).toEqual([false]);
});

it('who may read no longer gets no more, and what was begun is not taken for whole', async () => {
  const client = ask(await start(60_000));
  await once(client, 'data');
  mayRead = false;
  client.resume();
  await once(client, 'close');
  await expect.poll(() => streams.openCount).toBe(0);
  expect(whole).toEqual([false]);
});

it('all are broken off when the gateway stops', async () => {
  const socket = ask(await start(60_000));
  await once(socket, 'data');
  socket.resume();
  streams.onModuleDestroy();
  await once(socket, 'close');
  expect(streams.openCount).toBe(0);
  expect(whole).toEqual([false]);
});

it('HEAD makes nothing', async () => {
  const response = await fetch(`http://127.0.0.1:${await start(60_000)}/long`, { method: 'HEAD' });
  expect([response.status, made, streams.openCount, whole]).toEqual([200, 0, 0, []]);
});
