import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { WebhookFaults } from '../testing/webhook-faults.js';

let faults: WebhookFaults;

afterEach(async () => {
  await faults?.stop();
});

test('ten thousand deliveries, a worker killed every few seconds, RabbitMQ killed three times: none is lost', async () => {
  faults = await WebhookFaults.start();
  await faults.write(40);
  await faults.until(() => faults.missing.length === 0, 60_000);
  let writing = true;
  const written = faults.write(9_960, 20).finally(() => {
    writing = false;
  });
  let kills = 0;
  let brokerKills = 0;
  while (writing || (faults.missing.length > 0 && kills < 20)) {
    await sleep(2_000);
    await faults.killWorker(kills++ % 2);
    if (kills % 4 === 0 && brokerKills < 3) {
      brokerKills += 1;
      await faults.killBroker(2_000);
    }
  }
  await written;
  await faults.until(() => faults.missing.length === 0, 240_000);
  // Those whose worker died after the answer are sent once more, when their lease is over.
  await vi.waitFor(async () => expect((await faults.story()).statuses).toEqual({ DELIVERED: 10_000 }), 90_000);
  const story = await faults.story();
  console.info(`${JSON.stringify(story)}, ${kills} workers and RabbitMQ ${brokerKills} times killed`);
  expect(story).toMatchObject({ events: 10_000, missing: 0, strangers: 0 });
});
