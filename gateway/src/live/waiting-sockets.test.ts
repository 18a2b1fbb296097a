import { EventEmitter } from 'node:events';
import { liveWaitingPerAddressMax } from '@smart-wallet/engine/contract/live.js';
import { expect, it } from 'vitest';
import { ClientAddresses } from '../rate-limits/trusted-proxies.js';
import { WaitingSockets } from './waiting-sockets.js';

/** A request on a connection from this address. */
function from(remoteAddress: string) {
  return { socket: Object.assign(new EventEmitter(), { remoteAddress }), headers: {} } as never;
}

it('an address has so many places, and gets one back for each connection that shakes hands or goes, once', () => {
  const waiting = new WaitingSockets(new ClientAddresses([]));
  const requests = Array.from({ length: liveWaitingPerAddressMax }, () => from('192.0.2.1'));
  for (const request of requests) expect(waiting.enter(request)).toBe(true);
  expect(waiting.enter(from('192.0.2.1'))).toBe(false);
  expect(waiting.enter(from('192.0.2.2'))).toBe(true);

  const { socket } = requests[0] as unknown as { socket: EventEmitter };
  waiting.leave(socket as never);
  socket.emit('close');
  expect(waiting.enter(from('192.0.2.1'))).toBe(true);
  expect(waiting.enter(from('192.0.2.1'))).toBe(false);
});

it('a connection on which several requests come has one place, and gives it back whole', () => {
  const waiting = new WaitingSockets(new ClientAddresses([]));
  const again = from('192.0.2.1');
  for (let i = 0; i < 2 * liveWaitingPerAddressMax; i += 1) expect(waiting.enter(again)).toBe(true);
  (again as unknown as { socket: EventEmitter }).socket.emit('close');
  for (let i = 0; i < liveWaitingPerAddressMax; i += 1) expect(waiting.enter(from('192.0.2.1'))).toBe(true);
  expect(waiting.enter(from('192.0.2.1'))).toBe(false);
});
