import { afterEach, expect, test } from 'vitest';
import { RelayRun } from './relay-run.js';

let relays: RelayRun;

afterEach(async () => {
  await relays?.stop();
});

test('relays, engines and the broker fail: every event arrives, in order, and what is repeated is the same', async () => {
  relays = await RelayRun.start();
  const { wrong, story } = await relays.go({ brokerAwayMs: 2_000, relayFaults: 2, takeovers: 2, clients: 8 });
  expect(wrong, story).toEqual([]);
  expect(relays.subscriber.seen.count).toBeGreaterThan(300);
}, 120_000);
