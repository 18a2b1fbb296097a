import { afterEach, expect, test } from 'vitest';
import { WebhookFaults } from '../testing/webhook-faults.js';

let faults: WebhookFaults;

afterEach(async () => {
  await faults?.stop();
});

test('workers are killed and RabbitMQ goes in the middle: no delivery is lost', { timeout: 90_000 }, async () => {
  faults = await WebhookFaults.start();
  await faults.write(400);
  await faults.until(() => faults.endpoint.received.length > 50, 20_000);
  expect(faults.missing.length).toBeGreaterThan(0);
  await Promise.all([faults.killWorker(0), faults.killWorker(1), faults.restartBroker(0), faults.write(400)]);
  await faults.until(() => faults.missing.length === 0, 2_000);
  await faults.endLeases();
  await faults.until(() => faults.missing.length === 0, 40_000);
  expect(await faults.story()).toMatchObject({ events: 800, missing: 0, strangers: 0 });
});
