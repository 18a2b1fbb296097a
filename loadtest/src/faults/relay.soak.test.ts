import { afterEach, expect, test } from 'vitest';
import { RelayRun } from './relay-run.js';

let relays: RelayRun;

afterEach(async () => {
  await relays?.stop();
});

test('twenty killed relays and ten frozen ones, five takeovers, a broker frozen and then away for two minutes: nothing is missing or out of order', async () => {
  relays = await RelayRun.start();
  const { wrong, story } = await relays.go({
    brokerAwayMs: 120_000,
    brokerFrozenMs: 25_000,
    relayFaults: 30,
    takeovers: 5,
    clients: 60,
  });
  console.info(story);
  expect(wrong, story).toEqual([]);
});
