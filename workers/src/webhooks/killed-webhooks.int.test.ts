import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebhookFaults } from '../testing/webhook-faults.js';

let faults: WebhookFaults;

beforeAll(async () => {
  faults = await WebhookFaults.start();
});
afterAll(async () => {
  await faults?.stop();
});

test('workers and a RabbitMQ with queues that are seconds old are killed: no delivery is lost', {
  timeout: 90_000,
}, async () => {
  await faults.write(400);
  await faults.until(() => faults.endpoint.received.length > 50, 20_000);
  expect(faults.missing.length).toBeGreaterThan(0);
  await Promise.all([faults.killWorker(0), faults.killWorker(1), faults.killBroker(0), faults.write(400)]);
  await faults.until(() => faults.missing.length === 0, 2_000);
  await faults.endLeases();
  await faults.until(() => faults.missing.length === 0, 60_000);
  expect(await faults.story()).toMatchObject({ events: 800, missing: 0, strangers: 0 });
});

test('the queue is deleted by hand under way: what lay in it comes from the ledger, and the loss is an incident', async () => {
  const before = await faults.queuesLost();
  await faults.write(200);
  await faults.until(() => faults.missing.length < 150, 10_000);
  await Promise.all([faults.deleteQueue('webhooks'), faults.write(200)]);
  await faults.until(() => faults.missing.length === 0, 20_000);
  expect(await faults.story()).toMatchObject({ events: 1_200, missing: 0, strangers: 0 });
  await vi.waitFor(async () => expect(await faults.queuesLost()).toEqual([...before, 'webhooks.v1']));
});
