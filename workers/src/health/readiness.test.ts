import { expect, it } from 'vitest';
import type { Part } from '../part.js';
import { WorkersReadiness } from './readiness.js';

it('workers are ready once the broker took them, and stay so while it is away', () => {
  const parts = ['mail', 'relay'].map((name): Part => ({ name, start: async () => {}, stop: async () => {} }));
  const broker = { connected: false, wasConnected: false };
  const readiness = new WorkersReadiness(parts, broker);
  const brief = () => {
    const { ready, status, broker: state } = readiness.read();
    return [ready, status, state];
  };
  expect(readiness.read().parts).toEqual({ mail: 'starts', relay: 'starts' });
  for (const part of parts) readiness.started.add(part);
  expect(brief()).toEqual([false, 'starting', 'not connected']);
  Object.assign(broker, { connected: true, wasConnected: true });
  expect(brief()).toEqual([true, 'ready', 'connected']);
  broker.connected = false;
  expect(brief()).toEqual([true, 'ready', 'not connected']);
  readiness.stopping = true;
  expect(brief()).toEqual([false, 'stopping', 'not connected']);
});
