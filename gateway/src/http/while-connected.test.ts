import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { whileConnected } from './while-connected.js';

function request(destroyed: boolean) {
  const socket = Object.assign(new EventEmitter(), { destroyed });
  return { socket, request: { socket } as unknown as IncomingMessage };
}

it('work is told when its client leaves, and nothing is left of it on the connection', async () => {
  const { socket, request: asking } = request(false);
  const seen: boolean[] = [];
  await whileConnected(asking, async (signal) => {
    seen.push(signal.aborted);
    socket.emit('close');
    seen.push(signal.aborted);
  });
  expect(seen).toEqual([false, true]);
  await whileConnected(asking, async () => {});
  expect(socket.listenerCount('close')).toBe(0);
});

it('work for a client that had left before it began is told so', async () => {
  expect(await whileConnected(request(true).request, async ({ aborted }) => aborted)).toBe(true);
});
